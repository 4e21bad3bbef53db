"""moto with the operations that it lacks of those by which the program's AWS resources are made, read and removed.

What is asked for is remembered and answered again, as by the rest of moto: nothing of it acts. Runs in the container of
moto's image (local/aws.yaml), with the arguments of `moto_server`; where the environment names a file ENTRIES, Secrets
Manager has what stands in it.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

from moto.athena.responses import AthenaResponse
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult
from moto.eks import urls as eks_urls
from moto.eks.responses import EKSResponse
from moto.glue.responses import GlueResponse
from moto.lakeformation import urls as lakeformation_urls
from moto.lakeformation.responses import LakeFormationResponse
from moto.secretsmanager.models import secretsmanager_backends
from moto.server import main
from moto.stepfunctions.responses import StepFunctionResponse

_Key = tuple[str, ...]
_associations: dict[_Key, dict[str, Any]] = {}
_optimizers: dict[_Key, dict[str, Any]] = {}
_opt_ins: dict[_Key, dict[str, Any]] = {}
_hybrid: dict[_Key, bool] = {}


def fill() -> None:
    """Give moto, in this process, what it lacks; raises RuntimeError for what it has by now."""
    for response, operations in _OPERATIONS.items():
        for operation in operations:
            if hasattr(response, operation.__name__):
                raise RuntimeError(f"moto's {response.__name__} has {operation.__name__}() by now; take ours out")
            setattr(response, operation.__name__, operation)
    for operation in (register_resource, describe_resource, list_permissions):
        moto_s = getattr(LakeFormationResponse, operation.__name__)
        setattr(LakeFormationResponse, operation.__name__, _over(moto_s, operation))
    associations = "{0}/clusters/(?P<name>[^/]+)/pod-identity-associations"
    for path in (f"{associations}$", f"{associations}/(?P<associationId>[^/]+)$"):
        eks_urls.url_paths[path] = eks_urls.response.dispatch
    for name in ("Create", "Delete"):
        lakeformation_urls.url_paths[f"{{0}}/{name}LakeFormationOptIn$"] = lakeformation_urls.response.dispatch
    lakeformation_urls.url_paths["{0}/ListLakeFormationOptIns$"] = lakeformation_urls.response.dispatch


def publish(entries: Path, region: str) -> None:
    """Put a JSON object, name → content, into Secrets Manager."""
    for name, content in json.loads(entries.read_text()).items():
        secretsmanager_backends[DEFAULT_ACCOUNT_ID][region].create_secret(
            name=name,
            secret_string=json.dumps(content),
            secret_binary=None,
            description=None,
            tags=None,
            kms_key_id=None,
            client_request_token=None,
            replica_regions=[],
            force_overwrite=False,
        )


def _over(moto_s: Callable[[Any], Any], ours: Callable[[Any, Callable[[Any], Any]], Any]) -> Callable[[Any], Any]:
    return lambda response: ours(response, moto_s)


def _missing(code: str, what: str) -> JsonRESTError:
    error = JsonRESTError(code, f"{what} does not exist")
    error.code = 404 if code == "ResourceNotFoundException" else 400
    return error


# EKS Pod Identity


def create_pod_identity_association(self: EKSResponse) -> ActionResult:
    cluster, number = self._get_param("name"), f"a-{uuid4().hex[:16]}"
    made = {
        "clusterName": cluster,
        "associationId": number,
        "associationArn": f"arn:aws:eks:{self.region}:{self.current_account}:podidentityassociation/{cluster}/{number}",
        **{name: self._get_param(name) for name in ("namespace", "serviceAccount", "roleArn")},
        "tags": self._get_param("tags") or {},
    }
    _associations[cluster, number] = made
    return ActionResult({"association": made})


def describe_pod_identity_association(self: EKSResponse) -> ActionResult:
    return ActionResult({"association": _associations[_association(self)]})


def update_pod_identity_association(self: EKSResponse) -> ActionResult:
    found = _associations[_association(self)]
    found["roleArn"] = self._get_param("roleArn") or found["roleArn"]
    return ActionResult({"association": found})


def delete_pod_identity_association(self: EKSResponse) -> ActionResult:
    return ActionResult({"association": _associations.pop(_association(self))})


def _association(response: Any) -> _Key:
    key = (response._get_param("name"), response._get_param("associationId"))
    if key not in _associations:
        raise _missing("ResourceNotFoundException", f"the association {key[1]} of {key[0]}")
    return key


# Glue's table optimizers


def create_table_optimizer(self: GlueResponse) -> ActionResult:
    asked = self.parameters
    self.glue_backend.get_table(asked["DatabaseName"], asked["TableName"])
    _optimizers[_optimizer(asked)] = asked["TableOptimizerConfiguration"]
    return EmptyResult()


def get_table_optimizer(self: GlueResponse) -> ActionResult:
    asked = self.parameters
    found = {"type": asked["Type"], "configuration": _optimizers[_existing(asked)]}
    return ActionResult(
        {**{name: asked[name] for name in ("CatalogId", "DatabaseName", "TableName")}, "TableOptimizer": found}
    )


def update_table_optimizer(self: GlueResponse) -> ActionResult:
    _optimizers[_existing(self.parameters)] = self.parameters["TableOptimizerConfiguration"]
    return EmptyResult()


def delete_table_optimizer(self: GlueResponse) -> ActionResult:
    del _optimizers[_existing(self.parameters)]
    return EmptyResult()


def _optimizer(asked: dict[str, Any]) -> _Key:
    return asked["DatabaseName"], asked["TableName"], asked["Type"]


def _existing(asked: dict[str, Any]) -> _Key:
    if _optimizer(asked) not in _optimizers:
        raise _missing("EntityNotFoundException", f"the optimizer {'/'.join(_optimizer(asked))}")
    return _optimizer(asked)


# Lake Formation's opt-ins, the mode of a location, and permissions by LF-Tag


def create_lake_formation_opt_in(self: LakeFormationResponse) -> str:
    principal, resource = self._get_param("Principal"), self._get_param("Resource")
    _opt_ins[_opt_in(principal, resource)] = {"Principal": principal, "Resource": resource}
    return "{}"


def list_lake_formation_opt_ins(self: LakeFormationResponse) -> str:
    wanted = {name: value for name in ("Principal", "Resource") if (value := self._get_param(name))}
    found = [each for each in _opt_ins.values() if wanted.items() <= each.items()]
    return json.dumps({"LakeFormationOptInsInfoList": found})


def delete_lake_formation_opt_in(self: LakeFormationResponse) -> str:
    if _opt_ins.pop(_opt_in(self._get_param("Principal"), self._get_param("Resource")), None) is None:
        raise _missing("EntityNotFoundException", "the opt-in")
    return "{}"


def _opt_in(principal: Any, resource: Any) -> _Key:
    return json.dumps(principal, sort_keys=True), json.dumps(resource, sort_keys=True)


def register_resource(self: LakeFormationResponse, moto_s: Callable[[Any], str]) -> str:
    _hybrid[(self._get_param("ResourceArn"),)] = bool(self._get_param("HybridAccessEnabled"))
    return moto_s(self)


def describe_resource(self: LakeFormationResponse, moto_s: Callable[[Any], str]) -> str:
    found = json.loads(moto_s(self))
    found["ResourceInfo"]["HybridAccessEnabled"] = _hybrid.get((self._get_param("ResourceArn"),), False)
    return json.dumps(found)


def list_permissions(self: LakeFormationResponse, moto_s: Callable[[Any], str]) -> str:
    """moto's own refuses to be asked by LF-Tag, though it keeps what is granted by one."""
    resource = self._get_param("Resource") or {}
    if not resource.keys() & {"LFTag", "LFTagPolicy"}:
        return moto_s(self)
    principal = self._get_param("Principal")
    given = self.lakeformation_backend.list_permissions(
        self._get_param("CatalogId") or self.current_account, principal=principal
    )
    return json.dumps({"PrincipalResourcePermissions": [each for each in given if _within(resource, each["Resource"])]})


def _within(asked: Any, stored: Any) -> bool:
    """Whether all that is asked for is so in what is stored, which may say more (like the catalogue's id)."""
    if isinstance(asked, dict) and isinstance(stored, dict):
        return all(key in stored and _within(value, stored[key]) for key, value in asked.items() if key != "CatalogId")
    return bool(asked == stored)


# And single operations of services that moto has otherwise


def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
    # Made for it: it keeps AlarmRule, by which a composite alarm is told from others; but not what suppresses it.
    answer = self.put_metric_alarm()
    alarm = self.cloudwatch_backend.alarms[self._get_param("AlarmName")]
    alarm.actions_suppressor = self._get_param("ActionsSuppressor")
    alarm.actions_suppressor_wait_period = self._get_param("ActionsSuppressorWaitPeriod")
    alarm.actions_suppressor_extension_period = self._get_param("ActionsSuppressorExtensionPeriod")
    return answer


def validate_state_machine_definition(self: StepFunctionResponse) -> ActionResult:
    json.loads(self._get_param("definition"))
    return ActionResult({"result": "OK", "diagnostics": []})


def delete_named_query(self: AthenaResponse) -> str:
    self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None)
    return "{}"


def update_work_group(self: AthenaResponse) -> str:
    group = self.athena_backend.work_groups[self._get_param("WorkGroup")]
    group.description = self._get_param("Description") or group.description
    updates = dict(self._get_param("ConfigurationUpdates") or {})
    results = updates.pop("ResultConfigurationUpdates", {})
    group.configuration |= updates
    group.configuration.setdefault("ResultConfiguration", {}).update(results)
    return "{}"


_OPERATIONS: dict[Any, tuple[Callable[..., Any], ...]] = {
    EKSResponse: (
        create_pod_identity_association,
        describe_pod_identity_association,
        update_pod_identity_association,
        delete_pod_identity_association,
    ),
    GlueResponse: (create_table_optimizer, get_table_optimizer, update_table_optimizer, delete_table_optimizer),
    LakeFormationResponse: (
        create_lake_formation_opt_in,
        list_lake_formation_opt_ins,
        delete_lake_formation_opt_in,
    ),
    CloudWatchResponse: (put_composite_alarm,),
    StepFunctionResponse: (validate_state_machine_definition,),
    AthenaResponse: (delete_named_query, update_work_group),
}

if __name__ == "__main__":
    fill()
    if "ENTRIES" in os.environ:
        publish(Path(os.environ["ENTRIES"]), os.environ["AWS_DEFAULT_REGION"])
    main(sys.argv[1:])
