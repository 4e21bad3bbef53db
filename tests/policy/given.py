"""Resources as the engine shows them to a pack, and what a rule says of them, through Pulumi's own policy objects."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pulumi_policy import (
    Policy,
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from policy import pack
from policy.rules import Inputs

UNKNOWN = UNKNOWN_STRING_VALUE
"""What the engine sends in a preview for what is known only afterwards; reading it raises `UnknownValueError`."""

JOB = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
BUCKET = "aws:s3/bucket:Bucket"
DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"


@dataclass(frozen=True)
class Given:
    """A resource of a stack."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    protect: bool = False
    outputs: Mapping[str, Any] | None = None
    """None: what was put in. A preview of an object whose cluster is yet to be made has none: `{}`."""
    made_of: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """Property → names of the resources that its value depends on."""
    urn: str = ""

    def __post_init__(self) -> None:
        if not self.urn:
            object.__setattr__(self, "urn", f"urn:pulumi:test::flink-lakehouse::{self.type}::{self.name}")

    @property
    def options(self) -> PolicyResourceOptions:
        return PolicyResourceOptions(self.protect, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])

    def registered(self) -> ResourceValidationArgs:
        return ResourceValidationArgs(self.type, _proxied(self.inputs), self.urn, self.name, self.options, None)

    def deployed(self) -> PolicyResource:
        properties = self.inputs if self.outputs is None else self.outputs
        return PolicyResource(self.type, _proxied(properties), self.urn, self.name, self.options, None, None, [], {})


def _proxied(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return unknown_checking_proxy(copy.deepcopy(dict(properties)))


@dataclass(frozen=True)
class Said:
    """What a policy reported."""

    rule: str
    message: str
    urn: str | None


def findings(rule: str, *stack: Given) -> list[str]:
    """The messages of one rule on a stack: of a rule on resources, each resource by itself."""
    chosen = next(each for each in pack.RULES if each.name == rule)
    inputs = Inputs()
    return [said.message for said in run([inputs.policy(), chosen.policy(inputs)], stack)]


def run(policies: Sequence[Policy], stack: Sequence[Given]) -> list[Said]:
    """In the engine's order: every resource when it is registered, then the stack as a whole."""
    reported: list[Said] = []
    for given in stack:
        for policy in policies:
            if isinstance(policy, ResourceValidationPolicy):
                _validate(policy, given.registered(), _reporter(policy, given.urn, reported))
    resources = _deployed(stack)
    for policy in policies:
        if isinstance(policy, StackValidationPolicy):
            _validate(policy, StackValidationArgs(resources), _reporter(policy, None, reported))
    return reported


def _validate(policy: Any, arguments: ResourceValidationArgs | StackValidationArgs, report: ReportViolation) -> None:
    """`Any`: the SDK's `validate` may give a bare `Awaitable`, which ours never do."""
    assert policy.validate(arguments, report) is None


def _reporter(policy: Policy, urn: str | None, reported: list[Said]) -> ReportViolation:
    def report(message: str, blamed: str | None = None) -> None:
        reported.append(Said(policy.name, message, blamed or urn))

    return report


def _deployed(stack: Sequence[Given]) -> list[PolicyResource]:
    resources = [given.deployed() for given in stack]
    by_name: dict[str, list[PolicyResource]] = {}
    for resource in resources:
        by_name.setdefault(resource.name, []).append(resource)
    for given, resource in zip(stack, resources, strict=True):
        for key, names in given.made_of.items():
            resource.property_dependencies[key] = [found for name in names for found in by_name[name]]
    return resources


def job(
    name: str = "orders",
    *,
    options: Any = None,
    writes: Sequence[str] = ("lake.sales.orders=order_id",),
    environment: str | None = "production",
    freshness: str | None = "30s",
    protect: bool = True,
    outputs: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Given:
    """A FlinkDeployment as the program declares it; `changes` are those of `spec`, a key with None goes."""
    base: dict[str, Any] = {
        "execution.checkpointing.interval": "10s",
        "execution.checkpointing.unaligned.enabled": "false",
        "state.checkpoints.dir": f"s3://state/{name}/checkpoints",
    }
    arguments = ["/opt/flink/job/job.sql", *(part for write in writes for part in ("--writes", write))]
    spec: dict[str, Any] = {
        "image": "registry/flink@sha256:" + "a" * 64,
        "flinkConfiguration": base | cast(dict[str, Any], options or {}),
        "podTemplate": {"spec": {"containers": [{"name": "flink-main-container"}]}},
        "job": {"args": arguments, "upgradeMode": "savepoint"},
    }
    spec = {key: value for key, value in (spec | changes).items() if value is not None}
    metadata: dict[str, Any] = {"name": name, "namespace": "flink"}
    if environment:
        metadata["labels"] = {"flink-lakehouse/environment": environment}
    if freshness:
        metadata["annotations"] = {"flink-lakehouse/freshness": freshness}
    return Given(JOB, name, {"metadata": metadata, "spec": spec}, protect, outputs)


def bucket(name: str, *, protect: bool = True, **inputs: Any) -> Given:
    return Given(BUCKET, name, {"bucket": name, "forceDestroy": False} | inputs, protect)


def database(name: str, location: str, *, protect: bool = True, made_of: Sequence[str] = ()) -> Given:
    inputs = {"name": name, "locationUri": location}
    return Given(DATABASE, f"catalog-{name}", inputs, protect, made_of={"locationUri": made_of} if made_of else {})
