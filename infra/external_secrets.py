"""The External Secrets Operator, which turns entries of Secrets Manager into what jobs find in their environment."""

import json
from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.charts import install, replicated
from infra.iam_policy import Document, allow, document
from infra.job_identity import TRUST_PODS
from infra.namespaces import restricted_namespace
from infra.placement import Placement
from infra.settings.aws import AwsSettings
from infra.source_secrets import SecretEntry
from infra.versions import EXTERNAL_SECRETS, EXTERNAL_SECRETS_IMAGE

_NAMESPACE = "external-secrets"
_ACCOUNT = "external-secrets"


class ExternalSecrets(pulumi.ComponentResource):
    """Its chart, a role that reads the entries of the stack's sources and no others, and a store for our namespace."""

    def __init__(
        self,
        name: str,
        settings: AwsSettings,
        *,
        store: str,
        for_namespace: str,
        entries: Sequence[SecretEntry],
        cluster_name: pulumi.Input[str],
        replicas: int,
        placement: Placement,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`store`: what the ClusterSecretStore is called; `for_namespace`: the only one that may use it."""
        super().__init__("lakehouse:index:ExternalSecrets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        _, namespace = restricted_namespace(name, called=_NAMESPACE, opts=child)
        role = aws.iam.Role(
            name,
            description="Reads the secrets of the lakehouse's sources for its jobs",
            assume_role_policy=json.dumps(TRUST_PODS),
            opts=child,
        )
        # IAM takes no policy about nothing.
        allowed = (
            [aws.iam.RolePolicy(name, role=role.id, policy=json.dumps(read_policy(entries)), opts=child)]
            if entries
            else []
        )
        association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=cluster_name,
            namespace=namespace,
            service_account=_ACCOUNT,
            role_arn=role.arn,
            opts=child,
        )
        # Pods get their role when they start.
        chart = install(
            name,
            EXTERNAL_SECRETS,
            namespace=namespace,
            values={**values(replicas, placement), **_played(settings)},
            disposable=disposable,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*allowed, association]),
        )
        kubernetes.apiextensions.CustomResource(
            name,
            api_version="external-secrets.io/v1",
            kind="ClusterSecretStore",
            # Ready once the operator has credentials: a job's secrets would wait for them in vain.
            metadata={"name": store, "annotations": {"pulumi.com/waitFor": "condition=Ready"}},
            spec={
                "provider": {"aws": {"service": "SecretsManager", "region": settings.region}},
                "conditions": [{"namespaces": [for_namespace]}],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[chart]),
        )
        self.register_outputs({})


def values(replicas: int, placement: Placement) -> dict[str, Any]:
    """The chart's values (External Secrets docs: "Deploying with Helm")."""

    def part(application: str) -> dict[str, Any]:
        return {
            "replicaCount": replicas,
            "image": {"tag": EXTERNAL_SECRETS_IMAGE},
            "resources": {"requests": {"cpu": "25m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
            "podDisruptionBudget": {"enabled": replicas > 1, "minAvailable": 1},
            **replicated(replicas, application),
            **placement.steady,
        }

    return {
        **part("external-secrets"),
        "leaderElect": True,
        "serviceAccount": {"name": _ACCOUNT},
        "webhook": part("external-secrets-webhook"),
        "certController": part("external-secrets-cert-controller"),
        **_reads_only(),
    }


def _played(settings: AwsSettings) -> dict[str, Any]:
    """Which Secrets Manager to ask, where AWS is played (External Secrets docs: "AWS Authentication", "Custom
    Endpoints")."""
    if settings.endpoint is None:
        return {}
    environment = {"AWS_SECRETSMANAGER_ENDPOINT": settings.from_pods, **settings.pod_keys}
    return {"extraEnv": [{"name": name, "value": value} for name, value in environment.items()]}


def _reads_only() -> dict[str, Any]:
    """Nothing that writes to Secrets Manager, reaches into all namespaces or speaks for other accounts; each with the
    rights that it would need."""
    unused = ["ClusterExternalSecret", "ClusterGenerator", "ClusterPushSecret", "PushSecret"]
    return {
        **{f"process{kind}": False for kind in unused},
        "crds": {f"create{kind}": False for kind in unused},
        "rbac": {"serviceAccountTokenCreate": False, "servicebindings": {"create": False}},
    }


def read_policy(entries: Sequence[SecretEntry]) -> Document:
    """Read exactly these entries, and decrypt those under a key of their own."""
    actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    keys = sorted({entry.kms_key_arn for entry in entries if entry.kms_key_arn})
    return document(
        allow("Read", actions, sorted(entry.arn for entry in entries)),
        *([allow("Decrypt", ["kms:Decrypt"], keys)] if keys else []),
    )
