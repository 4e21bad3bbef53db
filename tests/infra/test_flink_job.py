"""A job folder as resources: in which order, and what each mode of Lake Formation adds."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.bucket import BucketNames
from infra.flink_job import FlinkJob, JobSettings, Platform
from infra.jobs import load_jobs
from tests.declared import Cloud, deploy, needed_by, settings
from tests.infra.test_jobs import write_job

DEPLOYMENT = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
PERMISSIONS = "aws:lakeformation/permissions:Permissions"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:a-team"
SLOW = {"table": "orders.copies", "key": ["order_id"], "freshness": "10 min"}


def bucket(name: str) -> BucketNames:
    return BucketNames(name=pulumi.Output.from_input(name), arn=pulumi.Output.from_input(f"arn:aws:s3:::{name}"))


def declared(folder: Path, *, writes: list[dict[str, Any]] | None = None, **stack: Any) -> Cloud:
    manifest: dict[str, Any] = {"writes": writes} if writes else {}
    write_job(folder, **manifest)
    chosen = settings(**stack)
    (job,) = load_jobs(folder, chosen)

    def declare() -> None:
        platform = Platform(
            cluster_name="test",
            namespace="flink",
            images={job.name: f"registry/flink@sha256:{'0' * 64}"},
            kafka={},
            warehouse=bucket("lake"),
            state=bucket("state"),
            files=bucket("files"),
            kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/k",
            glue_arn="arn:aws:glue:eu-west-1:123456789012",
            account_id="123456789012",
            optimizer_role_arn="arn:aws:iam::123456789012:role/optimizers",
            topics={"a-team": TOPIC},
            no_metrics_alarm="no-metrics",
        )
        FlinkJob(job, JobSettings.of(chosen), platform)

    return deploy(declare)


def test_optimizers_come_once_the_job_has_made_its_table(tmp_path: Path) -> None:
    cloud = declared(tmp_path)
    (deployment,) = cloud.program.of_kind("FlinkDeployment")
    optimizers = cloud.program.of_kind("CatalogTableOptimizer")
    assert {each.inputs["tableName"] for each in optimizers} == {"copies"}
    assert all(deployment.urn in needed_by(each, cloud.program) for each in optimizers)


@pytest.mark.parametrize(
    ("mode", "before"),
    [("hybrid", [["DATA_LOCATION_ACCESS"]]), ("full", [["CREATE_TABLE", "DESCRIBE"], ["DATA_LOCATION_ACCESS"]])],
)
def test_a_job_starts_with_the_grants_that_it_needs(tmp_path: Path, mode: str, before: list[list[str]]) -> None:
    cloud = declared(tmp_path, access={"mode": mode})
    (deployment,) = cloud.program.of_kind("FlinkDeployment")
    needed = needed_by(deployment, cloud.program)
    granted = [each for each in cloud.program.of_kind("Permissions") if each.urn in needed]
    assert sorted(each.inputs["permissions"] for each in granted) == before
    assert all("optimizers" not in each.inputs["principal"] for each in granted)


def test_in_full_mode_optimizers_are_granted_the_table_after_the_job_made_it(tmp_path: Path) -> None:
    cloud = declared(tmp_path, access={"mode": "full"})
    (deployment,) = cloud.program.of_kind("FlinkDeployment")
    (granted,) = [each for each in cloud.program.of_kind("Permissions") if "optimizers" in each.inputs["principal"]]
    assert granted.inputs["table"] == {"databaseName": "iceberg_orders", "name": "copies"}
    assert deployment.urn in needed_by(granted, cloud.program)
    assert all(granted.urn in needed_by(each, cloud.program) for each in cloud.program.of_kind("CatalogTableOptimizer"))


def test_a_tables_own_tags_are_set_once_it_exists(tmp_path: Path) -> None:
    writes = [{"table": "orders.copies", "key": ["order_id"], "freshness": "30s", "tags": {"level": "secret"}}]
    cloud = declared(tmp_path, writes=writes, access={"tags": {"level": {"key": "level_dev", "values": ["secret"]}}})
    (tag,) = cloud.program.of_kind("ResourceLfTag")
    assert tag.inputs["lfTag"] == {"key": "level_dev", "value": "secret"}
    (deployment,) = cloud.program.of_kind("FlinkDeployment")
    assert deployment.urn in needed_by(tag, cloud.program)


def test_only_a_disposable_job_can_be_destroyed(tmp_path: Path) -> None:
    for disposable in (False, True):
        (deployment,) = declared(tmp_path / str(disposable), disposable=disposable).program.of_kind("FlinkDeployment")
        assert deployment.protect is not disposable
        assert deployment.inputs["metadata"]["labels"]["flink-lakehouse/environment"] == (
            "disposable" if disposable else "production"
        )


def test_its_owner_is_told_of_trouble_once_there_can_be_any(tmp_path: Path) -> None:
    cloud = declared(tmp_path, flink={"checkpoint_interval": "2 min"}, writes=[SLOW])
    (deployment,) = cloud.program.of_kind("FlinkDeployment")
    alarms = cloud.program.of_kind("MetricAlarm")
    assert all(deployment.urn in needed_by(each, cloud.program) for each in alarms)
    assert {topic for each in alarms for topic in each.inputs.get("alarmActions", [])} == {TOPIC}
    (checkpoints,) = [each for each in alarms if each.name == "copy-no-checkpoint"]
    assert checkpoints.inputs["metricQueries"][0]["metric"]["period"] == 600
