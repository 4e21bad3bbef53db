from pathlib import Path
from typing import Any

import yaml

from infra.flink_deployment import Surroundings, catalog_files, flink_configuration, spec
from infra.jobs import Job, load_jobs
from infra.settings import FlinkSettings
from tests.declared import settings
from tests.infra.test_jobs import write_job
from tests.kubernetes_schemas import check, flink_problems

AROUND = Surroundings(
    image=f"registry/flink@sha256:{'0' * 64}",
    state_bucket="state",
    service_account="copy",
    script_config_map="copy-script-1",
    catalog_config_map="copy-catalogs-1",
    sources_secret="copy-sources",
    environment={"DATABASE_ORDERS": "iceberg_orders"},
    region="eu-west-1",
    endpoint=None,
)


def job(folder: Path, **changes: Any) -> Job:
    write_job(folder, **changes)
    return load_jobs(folder, settings())[0]


def deployment(of: Job, **changes: Any) -> dict[str, Any]:
    made = spec(of, FlinkSettings(), AROUND) | changes
    return {"apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkDeployment", "metadata": {}, "spec": made}


def test_state_lies_under_the_jobs_own_prefix_and_outlives_the_job(tmp_path: Path) -> None:
    options = flink_configuration(job(tmp_path), FlinkSettings(), AROUND)
    assert options["state.checkpoints.dir"] == "s3://state/copy/checkpoints"
    assert options["state.savepoints.dir"] == "s3://state/copy/savepoints"
    assert options["high-availability.storageDir"] == "s3://state/copy/ha"
    assert options["kubernetes.operator.job.savepoint-on-deletion"] == "true"
    assert options["execution.checkpointing.unaligned.enabled"] == "false"


def test_the_jobs_own_options_come_through(tmp_path: Path) -> None:
    options = flink_configuration(job(tmp_path, flink={"table.exec.state.ttl": "30 d"}), FlinkSettings(), AROUND)
    assert options["table.exec.state.ttl"] == "30 d"


def test_the_upgrade_mode_is_the_jobs_or_else_the_stacks(tmp_path: Path) -> None:
    assert spec(job(tmp_path / "a"), FlinkSettings(), AROUND)["job"]["upgradeMode"] == "savepoint"
    own = job(tmp_path / "b", upgrade_mode="last-state")
    assert spec(own, FlinkSettings(), AROUND)["job"]["upgradeMode"] == "last-state"


def test_the_runner_is_told_what_job_yaml_promises(tmp_path: Path) -> None:
    arguments = spec(job(tmp_path), FlinkSettings(), AROUND)["job"]["args"]
    assert arguments == ["/opt/flink/job/job.sql", "--writes", "lake.iceberg_orders.copies=order_id"]


def test_the_catalog_differs_where_aws_is_played_only_in_its_endpoints(tmp_path: Path) -> None:
    copy = job(tmp_path)
    files = [
        yaml.safe_load(catalog_files(copy, warehouse="lake", region="eu-west-1", endpoint=endpoint)["lake.yaml"])
        for endpoint in (None, "http://127.0.0.1:5000")
    ]
    assert dict(files[1].items() - files[0].items()) == {
        "glue.endpoint": "http://127.0.0.1:5000",
        "s3.endpoint": "http://127.0.0.1:5000",
        "s3.path-style-access": "true",
    }


def test_what_the_crd_lets_pass_is_found(tmp_path: Path) -> None:
    good = job(tmp_path)
    check(deployment(good))
    for changes, said in (
        ({"image": "flink:1.20"}, "not pinned by digest"),
        ({"jobManager": {"resource": {"cpu": 1, "memory": "much"}}}, "jobManager: 'much' is not a memory size"),
        ({"flinkConfiguration": {"state.backend.tpye": "rocksdb"}}, "no such option"),
        ({"flinkConfiguration": {"execution.checkpointing.interval": "soon"}}, "is not a duration"),
        ({"job": {"upgradeMode": "last-state", "jarURI": "local:///x"}, "flinkConfiguration": {}}, "high availability"),
        ({"job": {"upgradeMode": "savepoint", "jarURI": "https://x/y.jar"}}, "is not in the image"),
    ):
        problems = list(flink_problems(deployment(good, **changes)))
        assert any(said in problem for problem in problems), (said, problems)
