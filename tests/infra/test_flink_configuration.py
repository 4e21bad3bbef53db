from pathlib import Path
from typing import Any

import yaml

from infra.catalog_store import catalog_files
from infra.flink_configuration import flink_configuration
from infra.jobs import Job, load_jobs
from infra.settings.flink import FlinkSettings
from tests.declared import settings
from tests.infra.test_jobs import write_job


def job(folder: Path, **changes: Any) -> Job:
    write_job(folder, **changes)
    return load_jobs(folder, settings())[0]


def options(of: Job, **flink: object) -> dict[str, object]:
    found = flink_configuration(
        of, FlinkSettings.model_validate(flink), state_bucket="state", region="eu-west-1", endpoint=None
    )
    return dict(found)


def test_state_lies_under_the_jobs_own_prefix_and_outlives_the_job(tmp_path: Path) -> None:
    found = options(job(tmp_path))
    assert found["state.checkpoints.dir"] == "s3://state/copy/checkpoints"
    assert found["state.savepoints.dir"] == "s3://state/copy/savepoints"
    assert found["high-availability.storageDir"] == "s3://state/copy/ha"
    assert found["kubernetes.operator.job.savepoint-on-deletion"] == "true"
    assert found["execution.checkpointing.unaligned.enabled"] == "false"


def test_the_jobs_own_options_come_through(tmp_path: Path) -> None:
    assert options(job(tmp_path, flink={"table.exec.state.ttl": "30 d"}))["table.exec.state.ttl"] == "30 d"


def test_without_high_availability_nothing_can_be_rolled_back(tmp_path: Path) -> None:
    found = options(job(tmp_path), high_availability=False)
    assert not [option for option in found if option.startswith("high-availability")]
    assert "kubernetes.operator.deployment.rollback.enabled" not in found


def test_metrics_are_there_to_be_scraped(tmp_path: Path) -> None:
    found = options(job(tmp_path))
    assert found["metrics.reporter.prom.port"] == "9249"
    assert str(found["metrics.reporter.prom.factory.class"]).endswith(".PrometheusReporterFactory")
    # Labels as they are, since alarms name them, and a state that an alarm can look at.
    assert found["metrics.reporter.prom.filterLabelValueCharacters"] == "false"
    assert found["metrics.job.status.enable"] == "STATE"


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
