import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.alarms import (
    EXPECTATION_BROKEN,
    EXPECTATION_UNCHECKED,
    EXPECTATIONS_UNWATCHED,
    NO_METRICS,
    NOT_DELIVERING,
    OPTIMIZER_FAILED,
    OPTIMIZERS_UNWATCHED,
    Alarm,
    alarms_of,
    description,
)
from infra.job_manifest import Feed
from infra.jobs import Job
from infra.metrics import JOB_METRICS
from tests.declared import PROJECT
from tests.infra.jobs_given import given_job, given_reader, written


def alarms(job: Job, *, checkpoint_interval: float = 10) -> dict[str, Alarm]:
    made = alarms_of(job, checkpoint_interval=checkpoint_interval)
    assert len({alarm.title for alarm in made}) == len(made)
    return {alarm.title: alarm for alarm in made}


def test_a_job_has_one_alarm_for_each_thing_that_can_be_wrong(tmp_path: Path) -> None:
    assert list(alarms(given_job(tmp_path))) == [
        "stale/iceberg_orders.copies",
        "no-checkpoint",
        "not-running",
        "restarts",
        "lag/orders",
        "lag/the shipments",
    ]


def test_each_tables_objective_is_its_threshold(tmp_path: Path) -> None:
    found = alarms(given_job(tmp_path, writes=[written("quick", "20s"), written("slow", "5 min")]))
    assert found["stale/iceberg_orders.quick"].threshold == 20
    assert found["stale/iceberg_orders.slow"].threshold == 300
    # What comes from a source may be for either table.
    assert found["lag/orders"].threshold == 20_000


def test_records_that_wait_in_a_topic_are_late_also_when_none_is_read(tmp_path: Path) -> None:
    found = alarms(given_reader(tmp_path, writes=[written("quick", "20s")]))
    alarm = found["lag/web orders"]
    assert (alarm.threshold, alarm.expression) == (20_000, "IF(rate > 0, lag, IF(FILL(pending, 0) > 0, 40000, 0))")
    assert found["lag/orders"].expression == "IF(rate > 0, lag, 0)"


def test_what_a_job_feeds_has_an_objective_too(tmp_path: Path) -> None:
    job = given_job(tmp_path)
    feeds = [Feed(source="shipdb", tables=["shipments"], freshness="10s")]
    feeding = replace(job, manifest=job.manifest.model_copy(update={"feeds": feeds}))
    assert alarms(feeding)["lag/orders"].threshold == 10_000


def test_a_job_that_promises_nothing_may_lag_for_minutes(tmp_path: Path) -> None:
    job = given_reader(tmp_path)
    silent = replace(job, tables=(), manifest=job.manifest.model_copy(update={"writes": []}))
    found = alarms(silent)
    assert {alarm.anchor for alarm in found.values()} == {"no-checkpoint", "not-running", "restarts", "lag"}
    assert found["lag/web orders"].threshold == 300_000
    assert "until somebody sees them" not in found["lag/web orders"].says


@pytest.mark.parametrize(("interval", "period"), [(1, 300), (60, 300), (90, 480), (600, 3000)])
def test_a_checkpoint_may_take_five_intervals_and_five_minutes(tmp_path: Path, interval: float, period: int) -> None:
    alarm = alarms(given_job(tmp_path), checkpoint_interval=interval)["no-checkpoint"]
    assert (alarm.period, alarm.threshold) == (period, 1)


def test_what_may_be_missing_is_not_what_is_wrong(tmp_path: Path) -> None:
    missing = {alarm.anchor: alarm.missing for alarm in alarms(given_job(tmp_path)).values()}
    assert missing == {
        "stale": "breaching",
        "no-checkpoint": "breaching",
        "not-running": "breaching",
        "restarts": "notBreaching",
        "lag": "notBreaching",
    }


def test_what_keeps_a_table_from_being_fresh_notifies_as_one(tmp_path: Path) -> None:
    of_one = {alarm.anchor for alarm in alarms(given_job(tmp_path)).values() if not alarm.at_once}
    assert of_one == {"stale", "no-checkpoint", "not-running"}


def test_every_series_is_one_that_the_collector_keeps(tmp_path: Path) -> None:
    for alarm in alarms(given_reader(tmp_path)).values():
        for series in alarm.series.values():
            assert series.metric in JOB_METRICS
            assert set(series.dimensions) == set(series.metric.dimensions)
            # Of a counter CloudWatch has how much it grew: anything but a sum would say nothing.
            assert (series.statistic == "Sum") == series.metric.counter


def test_expressions_use_the_series_that_they_have(tmp_path: Path) -> None:
    for alarm in alarms(given_reader(tmp_path)).values():
        if alarm.expression is None:
            assert len(alarm.series) == 1
        else:
            assert set(re.findall(r"[a-z]+", alarm.expression)) == set(alarm.series)


def test_cloudwatch_takes_their_numbers(tmp_path: Path) -> None:
    """CloudWatch API: PutMetricAlarm."""
    for alarm in alarms(given_reader(tmp_path), checkpoint_interval=3600).values():
        assert alarm.period % 60 == 0
        assert alarm.period * alarm.of_periods <= 86_400
        assert alarm.periods <= alarm.of_periods
        assert len(description(alarm.says, alarm.anchor)) <= 1024


def anchors() -> set[str]:
    """Of the headings of docs/observability.md."""
    headings: list[Any] = re.findall(r"^#+ (.+)$", (PROJECT / "docs" / "observability.md").read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_description_leads_to_what_to_do(tmp_path: Path) -> None:
    assert description("It is wrong.", "stale").endswith("docs/observability.md#stale")
    titles = {alarm.anchor for alarm in alarms(given_job(tmp_path)).values()}
    assert titles | {NOT_DELIVERING, NO_METRICS, OPTIMIZER_FAILED, OPTIMIZERS_UNWATCHED} <= anchors()
    assert {EXPECTATION_BROKEN, EXPECTATION_UNCHECKED, EXPECTATIONS_UNWATCHED} <= anchors()
