from typing import Any

import pytest

from costs.jobs import add_jobs, jobs_of
from costs.ledger import Ledger
from costs.prices import load_prices
from costs.resources import Resource, Stack
from costs.usage import HOURS, Usage
from tests.costs.given import deployment, lifecycle, optimizer, script

USAGE = Usage(changes_per_second=0, table_gb=0, rewritten_gb_per_day=0, state_gb=0)


def quantities(*resources: Resource, usage: Usage = USAGE) -> dict[tuple[str, str | None], float]:
    ledger = Ledger(load_prices(), "eu-west-1")
    add_jobs(ledger, Stack.of(resources), usage)
    return {(item.what, item.job): item.quantity for item in ledger.items}


def test_requests_are_those_of_a_checkpoint_times_checkpoints() -> None:
    found = quantities(deployment(interval="10s"))
    checkpoints = HOURS * 360
    # As counted: 9 files of the table, and 21.5 requests that write or list for the state.
    assert found["requests that write or list", "orders"] == pytest.approx(30.5 * checkpoints)
    assert found["requests that read", "orders"] == pytest.approx(19 * checkpoints)
    assert found["requests", "orders"] == 5 * checkpoints


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({"interval": "1min"}, 1 / 6),
        ({"parallelism": 2}, (30.5 + 13.5) / 30.5),
        ({"tables": 2}, (30.5 + 9) / 30.5),
        ({"high_availability": True}, 32.5 / 30.5),
    ],
)
def test_requests_follow_the_job(changes: dict[str, Any], more: float) -> None:
    (job,), (other,) = jobs_of(Stack.of([deployment()])), jobs_of(Stack.of([deployment(**changes)]))
    assert other.requests.write / job.requests.write == pytest.approx(more)


def metadata_gb(interval: str, sql: str = "") -> float:
    resources = [
        deployment(interval=interval),
        script("orders", sql),
        lifecycle("warehouse", noncurrent_days=30),
        optimizer("orders", "retention", snapshotRetentionPeriodInDays=1, runRateInHours=24),
    ]
    return quantities(*resources)["tables' replaced metadata", "orders"]


def test_metadata_holds_every_snapshot_that_is_kept() -> None:
    # 1,440 commits a day, each with the 2,160 snapshots of a day and a half, kept for 30 days.
    assert metadata_gb("1min") == pytest.approx(1440 * 2160 * 1344 * 30 / 1e9)


def test_metadata_grows_with_the_square_of_commits() -> None:
    assert metadata_gb("10s") / metadata_gb("1min") == pytest.approx(36)


def test_compressed_metadata_is_a_thirteenth() -> None:
    compressed = metadata_gb("1min", "CREATE TABLE … WITH ('write.metadata.compression-codec' = 'gzip')")
    assert metadata_gb("1min") / compressed == pytest.approx(12.8)


def test_compaction_runs_with_every_100_files() -> None:
    usage = USAGE.model_copy(update={"compaction_dpu_minutes": 6})
    found = quantities(deployment(interval="10s", parallelism=2), optimizer("orders", "compaction"), usage=usage)
    assert found["compaction", "orders"] == pytest.approx(HOURS * 360 * 2 / 100 * 6 / 60)


def test_retention_runs_as_often_as_it_is_told() -> None:
    usage = USAGE.model_copy(update={"retention_dpu_minutes": 6})
    found = quantities(deployment(), optimizer("orders", "retention", runRateInHours=5), usage=usage)
    assert found["retention", "orders"] == pytest.approx(HOURS / 5 * 6 / 60)


def test_an_optimizer_is_that_of_the_job_with_the_longest_name() -> None:
    found = quantities(deployment("orders"), deployment("orders-eu"), optimizer("orders-eu", "compaction"))
    assert [job for what, job in found if what == "compaction"] == ["orders-eu"]
