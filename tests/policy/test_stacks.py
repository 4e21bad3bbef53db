"""The whole pack over the program of every stack file, as it is and with each mistake that a rule is for."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from policy import kafka, pack
from sandbox.cloud import Declared
from tests.declared import STACKS
from tests.policy.given import BUCKET, DATABASE, JOB, UNKNOWN, Given, run
from tests.test_program import program

Stack = list[Given]
Mistake = Callable[[Stack], Stack]

RULES = {each.name for each in pack.RULES}


def declared(stack: str) -> Stack:
    return [_given(each) for each in program(stack).resources]


def _given(each: Declared) -> Given:
    return Given(each.type, each.name, each.inputs, each.protect, outputs=each.outputs, urn=each.urn)


def broken(stack: Stack) -> list[tuple[str, str | None]]:
    return [(said.rule, said.urn) for said in run(pack.policies(), stack)]


@pytest.mark.parametrize("stack", STACKS)
def test_no_stack_breaks_a_rule(stack: str) -> None:
    assert broken(declared(stack)) == []


@pytest.mark.parametrize("stack", STACKS)
def test_nor_does_its_first_preview(stack: str) -> None:
    """No ARN is known then, and of a cluster's objects there are inputs alone."""
    assert broken([_in_first_preview(given) for given in declared(stack)]) == []


def _in_first_preview(given: Given) -> Given:
    known = {key: UNKNOWN if "arn:aws:" in json.dumps(value) else value for key, value in given.inputs.items()}
    named = {key: value for key, value in (given.outputs or {}).items() if key == "bucket"}
    return replace(given, inputs=known, outputs={} if given.type.startswith("kubernetes:") else known | named)


def edit(type_: str, change: Callable[[dict[str, Any]], object], name: str = "") -> Mistake:
    """A mistake in the inputs of every resource of a type, or of the one that is called so."""

    def apply(given: Given) -> Given:
        if given.type != type_ or name not in ("", given.name):
            return given
        inputs = copy.deepcopy(dict(given.inputs))
        change(inputs)
        return replace(given, inputs=inputs)

    return lambda stack: [apply(given) for given in stack]


def option(key: str, value: str) -> Mistake:
    return edit(JOB, lambda inputs: inputs["spec"]["flinkConfiguration"].update({key: value}))


def in_job(key: str, value: str) -> Mistake:
    return edit(JOB, lambda inputs: inputs["spec"]["job"].update({key: value}))


def in_scripts(old: str, new: str) -> Mistake:
    def replaced(inputs: dict[str, Any]) -> None:
        inputs["data"] = {name: text.replace(old, new) for name, text in inputs["data"].items()}

    return edit("kubernetes:core/v1:ConfigMap", replaced)


def without(kind: str, name: str = "") -> Mistake:
    def lacking(stack: Stack) -> Stack:
        gone = next(given for given in stack if given.type.endswith(f":{kind}") and name in ("", given.name))
        return [given for given in stack if given is not gone]

    return lacking


def unprotected(type_: str) -> Mistake:
    return lambda stack: [replace(given, protect=False) if given.type == type_ else given for given in stack]


def twice(type_: str, **changes: str) -> Mistake:
    """Another resource like the one there is, as a copied folder or stack file would make it."""

    def copied(stack: Stack) -> Stack:
        one = next(given for given in stack if given.type == type_)
        return [*stack, replace(one, name="copy", inputs={**one.inputs, **changes}, urn=f"{one.urn}-copy")]

    return copied


def expire(name: str) -> Mistake:
    rule = {"id": "old", "status": "Enabled", "expiration": {"days": 90}, "filter": {"prefix": ""}}
    configuration = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    return edit(configuration, lambda inputs: inputs["rules"].append(rule), name)


def allow(old: str, new: str) -> Mistake:
    type_ = "aws:iam/rolePolicy:RolePolicy"
    return edit(type_, lambda inputs: inputs.update(policy=inputs["policy"].replace(old, new)), "enriched-orders")


def with_kafka(**inputs: Any) -> Mistake:
    """No stack file has one."""
    return lambda stack: [*stack, Given(kafka.CLUSTER, "streams", inputs, protect=True)]


MISTAKES: list[tuple[str, Mistake]] = [
    ("unaligned-checkpoints", option("execution.checkpointing.unaligned.enabled", "true")),
    ("checkpoint-interval", option("execution.checkpointing.interval", "5 min")),
    ("stateless-upgrade", in_job("upgradeMode", "stateless")),
    ("inexact-first-snapshot", in_scripts("lakehouse.cdc.FreshSlotSnapshotter", "mine.Snapshotter")),
    ("upsert-table-without-optimizers", without("CatalogTableOptimizer")),
    ("two-tables-in-one-location", twice(JOB)),
    ("two-tables-in-one-location", twice(DATABASE, name="copy")),
    ("lifecycle-over-lake", expire("lake-warehouse")),
    ("lifecycle-over-lake", expire("lake-state")),
    ("wildcard-iam", allow("glue:GetTable", "glue:*")),
    ("wildcard-iam", allow("table/iceberg_orders/enriched_orders_lake", "table/*")),
    ("unencrypted-bucket", without("BucketServerSideEncryptionConfiguration", "lake-warehouse")),
    ("unencrypted-bucket", without("BucketPolicy", "lake-state")),
    ("public-bucket", without("BucketPublicAccessBlock", "lake-results")),
    ("public-bucket", without("BucketOwnershipControls", "lake-warehouse")),
    ("open-kafka", with_kafka(clientAuthentication={"unauthenticated": True})),
    ("image-by-tag", edit(JOB, lambda inputs: inputs["spec"].update(image="flink:1.20"))),
    ("unpinned-chart", edit("kubernetes:helm.sh/v4:Chart", lambda inputs: inputs.pop("version"), "flink-operator")),
    ("unprotected-production-state", unprotected(JOB)),
    ("unprotected-production-state", unprotected(BUCKET)),
    ("unprotected-production-state", unprotected(DATABASE)),
    ("unprotected-production-state", unprotected("aws:kms/key:Key")),
    ("unprotected-production-state", unprotected("aws:eks/cluster:Cluster")),
    ("unprotected-production-state", edit(BUCKET, lambda inputs: inputs.update(forceDestroy=True), "lake-warehouse")),
]


@pytest.mark.parametrize(("rule", "mistake"), MISTAKES, ids=[f"{rule}-{at}" for at, (rule, _) in enumerate(MISTAKES)])
def test_a_mistake_in_production_breaks_the_rule_that_is_for_it_and_no_other(rule: str, mistake: Mistake) -> None:
    production = declared("prod")
    assert {name for name, _ in set(broken(mistake(production))) - set(broken(production))} == {rule}


def test_there_is_a_mistake_for_every_rule() -> None:
    assert {rule for rule, _ in MISTAKES} == RULES
