"""The metrics that are kept of jobs: one table, of which the collector, the alarms and the dashboards are made.

Names are those of Flink's Prometheus reporter, so that they are the same in whatever else scrapes a job. What each of
them does while a job runs, restarts or fails: docs/observability.md.
"""

from dataclasses import dataclass
from typing import Literal

Dimension = Literal["job_name", "table", "source", "component"]
"""`table`: `<database in Glue>.<table>`; `source`: what the job reads, as it calls it; `component`: of the platform
itself."""

Unit = Literal["Seconds", "Milliseconds", "Count", "Count/Second", "Bytes", "None"]
"""CloudWatch's units; it knows none for milliseconds a second."""


@dataclass(frozen=True)
class Metric:
    name: str
    unit: Unit
    dimensions: tuple[Dimension, ...]
    counter: bool = False
    """Only ever grows while its process lives; CloudWatch gets how much since the last time."""


def _jobmanager(name: str, unit: Unit, *, counter: bool = False) -> Metric:
    return Metric(f"flink_jobmanager_job_{name}", unit, ("job_name",), counter)


def _committer(name: str, unit: Unit) -> Metric:
    full_name = f"flink_taskmanager_job_task_operator_IcebergFilesCommitter_table_{name}"
    return Metric(full_name, unit, ("job_name", "table"))


def _source(name: str, unit: Unit) -> Metric:
    return Metric(f"flink_taskmanager_job_task_operator_{name}", unit, ("job_name", "source"))


def _heap(process: Literal["jobmanager", "taskmanager"], name: str) -> Metric:
    return Metric(f"flink_{process}_Status_JVM_Memory_Heap_{name}", "Bytes", ("job_name",))


SINCE_COMMIT = _committer("elapsedSecondsSinceLastSuccessfulCommit", "Seconds")
"""Since the committer dealt with a completed checkpoint, also one without new rows: a quiet source is no old table."""
COMMIT_DURATION = _committer("lastCommitDurationMs", "Milliseconds")
RUNNING = _jobmanager("runningState", "None")
"""1 while every task runs, 0 while the job restarts, however long that takes."""
RESTARTS = _jobmanager("numRestarts", "Count", counter=True)
CHECKPOINTS = _jobmanager("numberOfCompletedCheckpoints", "Count", counter=True)
FAILED_CHECKPOINTS = _jobmanager("numberOfFailedCheckpoints", "Count", counter=True)
"""Three or four at each start: a checkpoint that finds a task not running yet counts as failed."""
CHECKPOINT_DURATION = _jobmanager("lastCheckpointDuration", "Milliseconds")
LAG = _source("currentEmitEventTimeLag", "Milliseconds")
"""From the change in the database, or the time of the record in Kafka, to the job's first operator. Stays at its last
value when nothing comes."""
SOURCE_RATE = _source("numRecordsOutPerSecond", "Count/Second")
PENDING = _source("pendingRecords", "Count")
"""Records of a topic that the job has not fetched yet: the consumer's lag, summed up over its partitions. Only Kafka's
source has it, once it has fetched for the first time."""
BACKPRESSURE = Metric("flink_taskmanager_job_task_backPressuredTimeMsPerSecond", "None", ("job_name",))
JOBMANAGER_HEAP_USED = _heap("jobmanager", "Used")
JOBMANAGER_HEAP_MAX = _heap("jobmanager", "Max")
TASKMANAGER_HEAP_USED = _heap("taskmanager", "Used")
TASKMANAGER_HEAP_MAX = _heap("taskmanager", "Max")

JOB_METRICS = (
    SINCE_COMMIT,
    COMMIT_DURATION,
    RUNNING,
    RESTARTS,
    CHECKPOINTS,
    FAILED_CHECKPOINTS,
    CHECKPOINT_DURATION,
    LAG,
    SOURCE_RATE,
    PENDING,
    BACKPRESSURE,
    JOBMANAGER_HEAP_USED,
    JOBMANAGER_HEAP_MAX,
    TASKMANAGER_HEAP_USED,
    TASKMANAGER_HEAP_MAX,
)
"""All that the collector keeps of a job; each costs by the month, so nothing that no alarm and no dashboard shows."""

COLLECTOR_UP = Metric("up", "None", ("component",))
"""1 as long as the collector collects, with or without jobs."""
COLLECTOR = "collector"
"""Its `component`."""


def namespace_of(stack: str) -> str:
    """The namespace of a stack's metrics in CloudWatch."""
    return f"FlinkLakehouse/{stack}"
