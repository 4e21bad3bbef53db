"""When a job is in trouble: its alarms, as plain data that follows from job.yaml and the stack's checkpoint interval.

Why these and no others, and what each does while a job starts, restarts or fails: docs/observability.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from infra.change_sources import sources
from infra.errors import ConfigurationError
from infra.jobs import Job, LakeTable
from infra.metrics import CHECKPOINTS, LAG, PENDING, RESTARTS, RUNNING, SINCE_COMMIT, SOURCE_RATE, Metric
from infra.topic_sources import topic_sources
from infra.units import seconds

_DOCS = "docs/observability.md"
_MINUTE = 60
_WITHOUT_OBJECTIVE = 5 * _MINUTE
"""Of a job that only exports files, say."""
_LONGEST_NAME = 255
"""Characters of an alarm's name (CloudWatch API: PutMetricAlarm)."""
Statistic = Literal["Maximum", "Minimum", "Sum"]


@dataclass(frozen=True)
class Series:
    """The values of one metric of one job, table or source, by the period."""

    metric: Metric
    dimensions: Mapping[str, str]
    statistic: Statistic


@dataclass(frozen=True)
class Alarm:
    """An alarm on one series, or on an expression over several of them."""

    title: str
    """Unique within its job."""
    says: str
    """What it means to whom it wakes."""
    series: Mapping[str, Series]
    """By the names that `expression` has for them."""
    comparison: Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]
    threshold: float
    missing: Literal["breaching", "notBreaching"]
    """What it means when there is no value."""
    period: int = _MINUTE
    """Seconds."""
    of_periods: int = 1
    """So many of the last periods are looked at,"""
    periods: int = 1
    """and so many of them must be over the threshold."""
    expression: str | None = None
    at_once: bool = True
    """Whether it notifies by itself; else it is part of the job's one alarm for that its table is not kept up."""

    @property
    def anchor(self) -> str:
        """The section of the docs: the same for each table and source."""
        return self.title.partition("/")[0]


NOT_DELIVERING = "not-delivering"
"""The title of a job's alarm over those that are not `at_once`."""
NO_METRICS = "no-metrics"
OPTIMIZERS_UNWATCHED = "optimizers-unwatched"
EXPECTATIONS_UNWATCHED = "expectations-unwatched"
"""Titles of the platform's own."""
OPTIMIZER_FAILED = "optimizer-failed"
EXPECTATION_BROKEN = "expectation-broken"
EXPECTATION_UNCHECKED = "expectation-unchecked"
"""No alarms, but told and explained like them."""


def alarm_name(stack: str, *path: str) -> str:
    """Of a job's alarm the job and the title, of the platform's the title; the front is what policies know a stack's
    alarms by. Raises `ConfigurationError` where the names in it are too long together."""
    name = "/".join((f"flink-lakehouse-{stack}", *path))
    if len(name) > _LONGEST_NAME:
        raise ConfigurationError(
            f"jobs/{path[0]}: the alarm {name[:80]}… would have a name of {len(name)} characters, and CloudWatch takes "
            f"{_LONGEST_NAME}; shorten the name of the table, its database or the job"
        )
    return name


def description(says: str, anchor: str) -> str:
    return f"{says} What to do: {_DOCS}#{anchor}"


def alarms_of(job: Job, *, checkpoint_interval: float) -> list[Alarm]:
    """`checkpoint_interval`: in seconds."""
    return [
        *[_stale(job, table) for table in job.tables],
        _no_checkpoint(job, checkpoint_interval),
        _not_running(job),
        _restarting(job),
        *[_lagging(job, source) for source in sources(job)],
        *[_lagging(job, source, of_topic=True) for source in topic_sources(job)],
    ]


def objective(job: Job) -> float | None:
    """The strictest objective of what a job writes, in seconds; None: it writes nothing that has one."""
    return seconds(job.objective) if job.objective is not None else None


def _stale(job: Job, table: LakeTable) -> Alarm:
    name = f"{table.database}.{table.name}"
    return Alarm(
        title=f"stale/{name}",
        says=(
            f"The last commit to {name} is older than its objective of {table.write.freshness}, or nobody knows how "
            f"old: the job {job.name} commits too slowly, or not at all."
        ),
        series={"age": Series(SINCE_COMMIT, {"job_name": job.name, "table": name}, "Maximum")},
        comparison="GreaterThanThreshold",
        threshold=seconds(table.write.freshness),
        # A job that restarts has no committer, and so no value. An upgrade takes less than four minutes.
        missing="breaching",
        of_periods=5,
        periods=4,
        at_once=False,
    )


def _no_checkpoint(job: Job, interval: float) -> Alarm:
    window = max(5 * _MINUTE, math.ceil(5 * interval / _MINUTE) * _MINUTE)
    return Alarm(
        title="no-checkpoint",
        says=(
            f"The job {job.name} has completed no checkpoint for {window // _MINUTE} minutes: nothing is committed, "
            "and a restart would go back to before that."
        ),
        series={"completed": Series(CHECKPOINTS, {"job_name": job.name}, "Sum")},
        comparison="LessThanThreshold",
        threshold=1,
        missing="breaching",
        period=window,
        at_once=False,
    )


def _not_running(job: Job) -> Alarm:
    return Alarm(
        title="not-running",
        says=(
            f"The job {job.name} has not run for five minutes: it restarts over and over, hangs, or has no JobManager."
        ),
        series={"running": Series(RUNNING, {"job_name": job.name}, "Maximum")},
        comparison="LessThanThreshold",
        threshold=1,
        missing="breaching",
        of_periods=5,
        periods=5,
        at_once=False,
    )


def _restarting(job: Job) -> Alarm:
    return Alarm(
        title="restarts",
        says=(
            f"The job {job.name} restarted three times within 15 minutes. It loses no data, and with every restart "
            "its tables fall behind."
        ),
        series={"restarts": Series(RESTARTS, {"job_name": job.name}, "Sum")},
        comparison="GreaterThanOrEqualToThreshold",
        threshold=3,
        missing="notBreaching",
        period=15 * _MINUTE,
    )


def _lagging(job: Job, source: str, *, of_topic: bool = False) -> Alarm:
    where = {"job_name": job.name, "source": source}
    promised = objective(job)
    limit = _WITHOUT_OBJECTIVE if promised is None else promised
    series = {"lag": Series(LAG, where, "Maximum"), "rate": Series(SOURCE_RATE, where, "Maximum")}
    # A source without changes stays at the lag of its last one.
    at_rest = "0"
    if of_topic:
        series["pending"] = Series(PENDING, where, "Maximum")
        # So does a topic that the job reads no more, although records wait there.
        at_rest = f"IF(FILL(pending, 0) > 0, {round(2000 * limit)}, 0)"
    return Alarm(
        title=f"lag/{source}",
        says=(
            f"Changes of {source} reach the job {job.name} more than {limit:g} s after they were made"
            + (", which is all the time that they have until somebody sees them" if promised is not None else "")
            + ": the job is slower than its source, "
            + ("reads none although some wait, " if of_topic else "")
            + "or catches up."
        ),
        series=series,
        expression=f"IF(rate > 0, lag, {at_rest})",
        comparison="GreaterThanThreshold",
        threshold=limit * 1000,
        missing="notBreaching",
        of_periods=5,
        periods=5,
    )
