"""Strict schemas of the parts that we use of objects whose CRDs are in no registry: what their API server would refuse
or prune."""

from typing import Any

Schema = dict[str, Any]


def _fields(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": required | (optional or {}),
    }


def _list(items: Schema, *, at_least: int = 1) -> Schema:
    return {"type": "array", "items": items, "minItems": at_least}


def _kind(api_version: str, kind: str, spec: Schema) -> Schema:
    return _fields(
        {
            "apiVersion": {"const": api_version},
            "kind": {"const": kind},
            "metadata": {"type": "object", "required": ["name"]},
            "spec": spec,
        }
    )


_TEXT: Schema = {"type": "string", "minLength": 1}
_BOOLEAN: Schema = {"type": "boolean"}
_LABELS: Schema = {"type": "object", "additionalProperties": _TEXT}
_DURATION: Schema = {"type": "string", "pattern": r"^\d+[smh]$"}
_GENERATORS = "generators.external-secrets.io/v1alpha1"

EXTERNAL_SECRET = _kind(
    "external-secrets.io/v1",
    "ExternalSecret",
    _fields(
        {"target": _fields({}, {"name": _TEXT, "creationPolicy": {"enum": ["Owner", "Orphan", "Merge", "None"]}})},
        {
            "refreshInterval": _DURATION,
            "refreshPolicy": {"enum": ["CreatedOnce", "Periodic", "OnChange"]},
            "secretStoreRef": _fields({"name": _TEXT}, {"kind": {"enum": ["SecretStore", "ClusterSecretStore"]}}),
            "data": _list(
                _fields(
                    {
                        "secretKey": {"type": "string", "pattern": "^[-._a-zA-Z0-9]{1,253}$"},
                        "remoteRef": _fields({"key": _TEXT}, {"property": _TEXT}),
                    }
                )
            ),
            "dataFrom": _list(
                _fields(
                    {
                        "sourceRef": _fields(
                            {
                                "generatorRef": _fields(
                                    {"apiVersion": {"const": _GENERATORS}, "kind": {"const": "Password"}, "name": _TEXT}
                                )
                            }
                        )
                    }
                )
            ),
        },
    )
    | {"anyOf": [{"required": ["data", "secretStoreRef"]}, {"required": ["dataFrom"]}]},
)
"""External Secrets docs: "ExternalSecret"."""

CLUSTER_SECRET_STORE = _kind(
    "external-secrets.io/v1",
    "ClusterSecretStore",
    _fields(
        {"provider": _fields({"aws": _fields({"service": {"enum": ["SecretsManager"]}, "region": _TEXT})})},
        {"conditions": _list(_fields({"namespaces": _list(_TEXT)}))},
    ),
)
"""External Secrets docs: "AWS Secrets Manager". Without `auth` the operator is who reads."""

PASSWORD = _kind(
    _GENERATORS,
    "Password",
    _fields(
        {"length": {"type": "integer", "minimum": 1}, "noUpper": _BOOLEAN, "allowRepeat": _BOOLEAN},
        {"digits": {"type": "integer"}, "symbols": {"type": "integer"}, "symbolCharacters": _TEXT},
    ),
)
"""External Secrets docs: "Generators", "Password"."""

NODE_CLASS = _kind(
    "eks.amazonaws.com/v1",
    "NodeClass",
    _fields(
        {
            "role": {"type": "string", "pattern": r"^[\w+=,.@-]{1,64}$"},
            "subnetSelectorTerms": _list(_fields({"id": {"type": "string", "minLength": 1}})),
            "securityGroupSelectorTerms": _list(_fields({"id": {"type": "string", "minLength": 1}})),
        },
        {
            "networkPolicy": {"enum": ["DefaultAllow", "DefaultDeny"]},
            "ephemeralStorage": _fields(
                {},
                {
                    "size": {"type": "string", "pattern": r"^\d+Gi$"},
                    "iops": {"type": "integer", "minimum": 3000, "maximum": 16000},
                    "throughput": {"type": "integer", "minimum": 125, "maximum": 1000},
                },
            ),
        },
    ),
)
"""EKS user guide: "Create a Node Class for Amazon EKS". `role` is a name, not an ARN."""

_REQUIREMENT_KEYS = [
    "karpenter.sh/capacity-type",
    "kubernetes.io/arch",
    "eks.amazonaws.com/instance-family",
    "eks.amazonaws.com/instance-local-nvme",
]

NODE_POOL = _kind(
    "karpenter.sh/v1",
    "NodePool",
    _fields(
        {
            "template": _fields(
                {
                    "spec": _fields(
                        {
                            "nodeClassRef": _fields(
                                {"group": {"const": "eks.amazonaws.com"}, "kind": {"const": "NodeClass"}, "name": _TEXT}
                            ),
                            "requirements": _list(
                                _fields(
                                    {
                                        # Those of a Karpenter that one runs oneself (karpenter.k8s.aws/…) mean nothing.
                                        "key": {"enum": _REQUIREMENT_KEYS},
                                        "operator": {"enum": ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]},
                                        "values": _list(_TEXT),
                                    }
                                )
                            ),
                        },
                        {
                            "expireAfter": _DURATION,
                            "terminationGracePeriod": _DURATION,
                            "taints": _list(
                                _fields(
                                    {
                                        "key": _TEXT,
                                        "effect": {"enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"]},
                                    },
                                    {"value": _TEXT},
                                )
                            ),
                        },
                    )
                },
                {"metadata": _fields({}, {"labels": _LABELS})},
            )
        },
        {
            "disruption": _fields(
                {"consolidateAfter": _DURATION},
                {
                    "consolidationPolicy": {"enum": ["WhenEmpty", "WhenEmptyOrUnderutilized"]},
                    "budgets": _list(
                        _fields(
                            {"nodes": {"type": "string", "pattern": r"^((100|[0-9]{1,2})%|[0-9]+)$"}},
                            {"reasons": _list({"enum": ["Underutilized", "Empty", "Drifted"]})},
                        )
                    ),
                },
            ),
            "limits": _fields({}, {"cpu": {"type": "string", "pattern": r"^\d+$"}}),
        },
    ),
)
"""Karpenter docs: "NodePools"; keys of requirements: EKS user guide, "Create a Node Pool for EKS Auto Mode"."""

_VERSION: Schema = {"type": "string", "pattern": r"^v?\d+\.\d+\.\d+$"}
CHART: Schema = {
    **_fields(
        {"chart": _TEXT, "version": _VERSION, "namespace": _TEXT, "values": {"type": "object"}},
        {"repositoryOpts": _fields({"repo": {"type": "string", "pattern": "^https://"}})},
    ),
    "oneOf": [
        {
            "properties": {"chart": {"pattern": "^oci://[^:@]+@sha256:[0-9a-f]{64}$"}},
            "not": {"required": ["repositoryOpts"]},
        },
        {"properties": {"chart": {"pattern": "^[a-z-]+$"}}, "required": ["repositoryOpts"]},
    ],
}
"""A Helm chart of one version, by digest from an OCI registry or from a repository that speaks TLS."""

BY_KIND: dict[tuple[str, str], Schema] = {
    (schema["properties"]["apiVersion"]["const"], schema["properties"]["kind"]["const"]): schema
    for schema in (EXTERNAL_SECRET, CLUSTER_SECRET_STORE, PASSWORD, NODE_CLASS, NODE_POOL)
}
