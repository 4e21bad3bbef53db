"""The program itself, `__main__.py`, for every stack file."""

import json
import shutil
from functools import cache
from pathlib import Path

import pytest

from infra.outputs import Contract
from sandbox.cloud import DeclaredOnly
from sandbox.program import Here, Program, read_settings, run_program
from tests.declared import JOBS, PROJECT, STACKS, copied, needed_by
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


def pipelines(run: Program) -> dict[str, str]:
    """FlinkDeployment → the name of its job."""
    return {
        each.inputs["metadata"]["name"]: each.inputs["spec"]["flinkConfiguration"]["pipeline.name"]
        for each in run.of_kind("FlinkDeployment")
    }


@pytest.mark.parametrize("stack", STACKS)
def test_every_job_folder_that_is_not_left_out_is_a_flink_deployment(stack: str) -> None:
    left_out = read_settings(PROJECT, stack).leave_out
    assert pipelines(program(stack)) == {job: job for job in JOBS if job not in left_out}


def test_every_job_folder_is_a_flink_deployment_where_somebody_asks_for_it() -> None:
    everything = Here(jobs=tuple(JOBS), bootstrap_servers="127.0.0.1:9092", registry="http://127.0.0.1:8080")
    run = run_program(PROJECT, "sandbox", DeclaredOnly("eu-west-1"), everything)
    assert pipelines(run) == {job: job for job in JOBS}
    for each in run.of_kind("FlinkDeployment"):
        check(each.inputs)


def declared(run: Program) -> dict[str, str]:
    """URN → inputs."""
    found = {each.urn: json.dumps(dict(each.inputs), sort_keys=True) for each in run.resources}
    assert len(found) == len(run.resources)
    return found


@pytest.mark.parametrize("stack", STACKS)
def test_a_second_run_declares_the_same(stack: str) -> None:
    assert declared(run_program(PROJECT, stack, DeclaredOnly("eu-west-1"))) == declared(program(stack))


BEFORE = {
    "VpcEndpoint": ["RouteTable"],
    "NatGateway": ["Route", "Eip"],
    "Cluster": ["Subnet", "RouteTableAssociation", "RolePolicyAttachment", "LogGroup", "Key", "NatGateway"],
    "NodeClass": ["Cluster", "AccessPolicyAssociation", "RolePolicyAttachment"],
    "NodePool": ["NodeClass"],
    "Chart": ["NodePool", "Namespace"],
    "ClusterSecretStore": ["Chart"],
    "BucketPolicy": ["BucketPublicAccessBlock"],
    "BucketObjectv2": ["BucketPolicy", "BucketServerSideEncryptionConfiguration", "CatalogDatabase", "Workgroup"],
    "Resource": ["BucketPolicy", "BucketVersioning", "BucketServerSideEncryptionConfiguration", "RolePolicy"],
    "CatalogDatabase": ["BucketPolicy", "DataLakeSettings"],
    "ResourceLfTag": ["LfTag", "CatalogDatabase"],
    "FlinkDeployment": [
        "CatalogDatabase", "Chart", "ClusterSecretStore", "ConfigMap", "ExternalSecret", "Image", "Namespace",
        "NodePool", "Permissions", "PodIdentityAssociation", "Resource", "ResourceLfTag", "RoleBinding", "RolePolicy",
        "ServiceAccount",
    ],
    "CatalogTableOptimizer": ["FlinkDeployment"],
    "Deployment": ["ConfigMap", "LogGroup", "NodePool", "PodIdentityAssociation", "RoleBinding", "RolePolicy"],
    "CompositeAlarm": ["FlinkDeployment", "MetricAlarm", "TopicPolicy"],
    "Schedule": ["CatalogTableOptimizer", "RolePolicy", "StateMachine"],
}  # fmt: skip
"""A kind of resource → kinds that it needs, where the stack has any of them."""


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("kind", BEFORE)
def test_nothing_stands_before_what_it_needs(stack: str, kind: str) -> None:
    resources = program(stack).resources
    order = [each.kind for each in resources]
    for index in [index for index, each in enumerate(order) if each == kind]:
        needed = [other for other in BEFORE[kind] if other in order]
        assert set(needed) <= set(order[:index]), resources[index].urn


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_job_waits_for_each_single_thing_that_it_needs(stack: str) -> None:
    """Not only for those that happened to come first: every one of them stands before it in Pulumi's graph."""
    run = program(stack)
    (deployment,) = run.of_kind("FlinkDeployment")
    before = needed_by(deployment, run)
    missing = {each.urn for kind in BEFORE["FlinkDeployment"] for each in run.of_kind(kind) if each.urn not in before}
    # Optimizers come after the job, and so may their role, and what watches them and the job.
    others = ("ExpectationWatch", "MetricsCollector", "OptimizerRole", "OptimizerWatch")
    assert not {urn for urn in missing if not any(other in urn for other in others)}


@pytest.mark.parametrize("stack", STACKS)
def test_the_contract_is_the_only_output(stack: str) -> None:
    outputs = program(stack).outputs
    assert list(outputs) == ["contract"]
    contract = Contract.model_validate(outputs["contract"])
    assert contract.stack == stack
    ((name, table),) = contract.tables.items()
    assert name == f"{contract.databases['orders']}.enriched_orders_lake"
    assert (table.key, table.owner, table.freshness, table.job) == (
        ["order_id"],
        "orders-team",
        "30s",
        "enriched-orders",
    )
    assert [column.name for column in table.columns if not column.nullable] == ["order_id"]
    assert set(table.tags.values()) == {"orders"}
    assert contract.teams["analysts"].tables == [name]
    assert [(each.source, each.engine, each.tables, each.topics) for each in table.sources] == [
        ("erpdb", "mysql", ["products", "orders"], []),
        ("shipdb", "postgres", ["shipments"], []),
    ]
    assert contract.page == "s3://lake-results/catalogue.html"


@pytest.mark.parametrize("stack", STACKS)
def test_an_edit_of_one_jobs_sql_changes_that_jobs_objects_alone(stack: str, tmp_path: Path) -> None:
    project = copied(tmp_path)
    shutil.copytree(project / "jobs" / JOBS[0], project / "jobs" / "another")
    for file in ("job.yaml", "job.sql"):
        other = project / "jobs" / "another" / file
        other.write_text(other.read_text().replace("enriched_orders_lake", "another_table"))
    before = declared(run_program(project, stack, DeclaredOnly("eu-west-1")))
    script = project / "jobs" / "another" / "job.sql"
    script.write_text(script.read_text().replace("s.has_arrived", "COALESCE(s.has_arrived, FALSE)"))
    after = declared(run_program(project, stack, DeclaredOnly("eu-west-1")))
    (new,), (gone,) = after.keys() - before.keys(), before.keys() - after.keys()
    (restarted,) = [urn for urn in before.keys() & after.keys() if before[urn] != after[urn]]
    kinds = ("core/v1:ConfigMap::another-script-", "core/v1:ConfigMap::another-script-", "FlinkDeployment::another")
    assert all(kind in urn for kind, urn in zip(kinds, (new, gone, restarted), strict=True))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_a_stack_that_is_not_disposable_protects_what_cannot_be_made_again(stack: str) -> None:
    run = program(stack)
    kept = {
        each.name
        for kind in ("Bucket", "Key", "FlinkDeployment", "Cluster", "CatalogDatabase")
        for each in run.of_kind(kind)
        if each.protect
    }
    if stack == "dev":
        assert not kept
    else:
        assert {"lake-warehouse", "lake-state", "lake", "enriched-orders", "cluster"} <= kept


def test_only_the_sandbox_does_without_high_availability() -> None:
    for stack in STACKS:
        (deployment,) = program(stack).of_kind("FlinkDeployment")
        options = deployment.inputs["spec"]["flinkConfiguration"]
        assert (options.get("high-availability.type") == "kubernetes") == (stack != "sandbox")
