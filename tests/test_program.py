"""The program itself, `__main__.py`, for every stack file."""

import json
from functools import cache
from typing import Any

import pytest

from sandbox.cloud import DeclaredOnly
from sandbox.program import Program, run_program
from tests.declared import JOBS, PROJECT, STACKS
from tests.kubernetes_schemas import check


@cache
def program(stack: str) -> Program:
    return run_program(PROJECT, stack, DeclaredOnly("eu-west-1"))


@pytest.mark.parametrize("stack", STACKS)
def test_every_kubernetes_object_is_valid(stack: str) -> None:
    objects = [each for each in program(stack).resources if each.type.startswith("kubernetes:")]
    assert len(objects) >= 8
    for each in objects:
        check(each.inputs)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("job", JOBS)
def test_every_job_folder_is_a_flink_deployment(stack: str, job: str) -> None:
    deployments = {each.inputs["metadata"]["name"]: each.inputs for each in program(stack).of_kind("FlinkDeployment")}
    assert deployments[job]["spec"]["flinkConfiguration"]["pipeline.name"] == job


@pytest.mark.parametrize("stack", STACKS)
def test_a_second_run_declares_the_same(stack: str) -> None:
    def declared(run: Program) -> list[Any]:
        return sorted((each.type, each.name, json.dumps(dict(each.inputs), sort_keys=True)) for each in run.resources)

    assert declared(run_program(PROJECT, stack, DeclaredOnly("eu-west-1"))) == declared(program(stack))


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_stands_before_what_it_needs(stack: str) -> None:
    order = [(each.kind, each.name) for each in program(stack).resources]
    (deployment,) = [index for index, (kind, _) in enumerate(order) if kind == "FlinkDeployment"]
    needed = {
        "BucketPolicy", "BucketVersioning", "BucketServerSideEncryptionConfiguration", "CatalogDatabase", "ConfigMap",
        "ExternalSecret", "Image", "Namespace", "PodIdentityAssociation", "RoleBinding", "RolePolicy", "ServiceAccount",
    }  # fmt: skip
    assert needed <= {kind for kind, _ in order[:deployment]}
    for kind, name in order:
        if kind == "BucketPolicy":
            assert order.index(("BucketPublicAccessBlock", name)) < order.index((kind, name))


@pytest.mark.parametrize("stack", STACKS)
def test_the_contract_is_the_only_output(stack: str) -> None:
    outputs = program(stack).outputs
    assert list(outputs) == ["contract"]
    contract = outputs["contract"]
    (table,) = contract["tables"]
    assert table == f"{contract['databases']['orders']}.enriched_orders_lake"
    assert contract["tables"][table] == {
        "key": ["order_id"],
        "owner": "orders-team",
        "freshness": "30s",
        "job": "enriched-orders",
        "description": "One row an order; product and shipment columns are NULL until there is one",
    }


def test_only_the_sandbox_does_without_high_availability() -> None:
    for stack in STACKS:
        (deployment,) = program(stack).of_kind("FlinkDeployment")
        options = deployment.inputs["spec"]["flinkConfiguration"]
        assert (options.get("high-availability.type") == "kubernetes") == (stack != "sandbox")
