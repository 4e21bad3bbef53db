"""What stands in for the clouds when the program runs on one machine: a resource is declared, and becomes real or is
noted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Properties = dict[str, Any]


@dataclass(frozen=True)
class Declared:
    """A resource as the program declared it, with what became of it."""

    type: str
    """The Pulumi type token, like 'aws:s3/bucket:Bucket'."""
    name: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    id: str
    real: bool
    """Whether it exists on this machine; False: declared only, since nothing here could be it."""
    urn: str = ""
    parent: str | None = None
    """The URN of the component that it belongs to."""
    protect: bool = False
    """Whether Pulumi refuses to delete it."""
    dependencies: tuple[str, ...] = ()
    """URNs of what is made before it, and deleted after it."""

    @property
    def kind(self) -> str:
        """`Bucket` of 'aws:s3/bucket:Bucket'; of a Kubernetes object its kind."""
        return self.type.rsplit(":", 1)[-1]


class NotFound(Exception):
    """A look-up that found nothing, which a program may catch."""


class Cloud(Protocol):
    def create(self, type_: str, name: str, inputs: Properties) -> Declared:
        """Make a declared resource; an exception ends the program."""
        ...

    def invoke(self, token: str, arguments: Properties) -> Properties:
        """Answer a look-up of the program, like 'aws:index/getCallerIdentity:getCallerIdentity'; `NotFound` if it
        can't."""
        ...


ACCOUNT = "123456789012"
PARTITION = "aws"


def computed(type_: str, name: str, inputs: Properties, region: str) -> tuple[str, Properties]:
    """The id and outputs that AWS or Kubernetes would give a resource that is only declared here.

    A physical name that Pulumi would pick at random is the logical one: two runs declare the same.
    """
    outputs = dict(inputs)
    if type_.startswith("kubernetes:"):
        metadata: Properties = inputs.get("metadata") or {}
        if type_.endswith((":FlinkDeployment", ":FlinkSessionJob")):
            outputs["status"] = {"lifecycleState": "STABLE"}
        return "/".join(filter(None, (metadata.get("namespace"), metadata.get("name", name)))), outputs
    service = type_.split(":")[1].split("/")[0] if type_.count(":") == 2 else ""
    physical = str(inputs.get("bucket") or inputs.get("name") or name)
    where = f"{region}:{ACCOUNT}" if service not in ("iam", "s3") else f":{ACCOUNT}" if service == "iam" else ":"
    noun = type_.rsplit(":", 1)[-1].lower()
    tail = physical if service == "s3" else f"{noun}/{physical}"
    outputs.setdefault("name", physical)
    if type_ == "aws:cloudwatch/logGroup:LogGroup":
        outputs["arn"] = f"arn:{PARTITION}:logs:{region}:{ACCOUNT}:log-group:{physical}"
    if type_ == "aws:sfn/stateMachine:StateMachine":
        outputs["arn"] = f"arn:{PARTITION}:states:{region}:{ACCOUNT}:stateMachine:{physical}"
    outputs.setdefault("arn", f"arn:{PARTITION}:{service}:{where}:{tail}")
    outputs.setdefault("repositoryUrl", f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{physical}")
    outputs.setdefault("registryId", ACCOUNT)
    outputs.setdefault("keyId", physical)
    outputs.setdefault("associationId", physical)
    outputs.setdefault("bucket", physical)
    if service == "index" and noun == "image":
        outputs["digest"] = "sha256:" + "0" * 64
    if type_ == "aws:eks/cluster:Cluster":
        outputs["endpoint"] = f"https://{physical}.{region}.eks.amazonaws.com"
        outputs["certificateAuthority"] = {"data": "Y2VydGlmaWNhdGU="}
        outputs["vpcConfig"] = {**inputs["vpcConfig"], "clusterSecurityGroupId": f"sg-{physical}"}
    return physical, outputs


def identity(token: str, region: str) -> Properties | None:
    """Answers to the look-ups of who and where we are; None for any other."""
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            return {
                "accountId": ACCOUNT,
                "arn": f"arn:aws:iam::{ACCOUNT}:user/sandbox",
                "id": ACCOUNT,
                "userId": "sandbox",
            }
        case "aws:index/getPartition:getPartition":
            return {"partition": PARTITION, "dnsSuffix": "amazonaws.com", "id": PARTITION}
        case "aws:iam/getSessionContext:getSessionContext":
            return {"issuerArn": f"arn:{PARTITION}:iam::{ACCOUNT}:user/sandbox"}
        case "aws:lakeformation/getDataLakeSettings:getDataLakeSettings":
            return {"parameters": {"CROSS_ACCOUNT_VERSION": "4"}}
        case "aws:index/getAvailabilityZones:getAvailabilityZones":
            return {
                "names": [f"{region}{letter}" for letter in "abc"],
                "zoneIds": [f"{region}-az{n}" for n in (1, 2, 3)],
            }
        case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
            return {
                "userName": "AWS",
                "password": "",
                "proxyEndpoint": f"https://{ACCOUNT}.dkr.ecr.{region}.amazonaws.com",
            }
        case _:
            return None


class DeclaredOnly:
    """A cloud in which nothing becomes real: for looking at what the program declares."""

    def __init__(self, region: str) -> None:
        self._region = region

    def create(self, type_: str, name: str, inputs: Properties) -> Declared:
        id_, outputs = computed(type_, name, inputs, self._region)
        return Declared(type_, name, inputs, outputs, id_, real=False)

    def invoke(self, token: str, arguments: Properties) -> Properties:
        if token == "aws:secretsmanager/getSecret:getSecret":
            name = str(arguments.get("name") or arguments["arn"])
            arn = f"arn:{PARTITION}:secretsmanager:{self._region}:{ACCOUNT}:secret:{name}"
            return {"name": name, "arn": name if name.startswith("arn:") else arn, "kmsKeyId": ""}
        return identity(token, self._region) or arguments
