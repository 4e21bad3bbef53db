"""A job's requests, storage and maintenance, from its FlinkDeployment: all of it follows from how often it commits."""

import re
from dataclasses import dataclass
from typing import Any

from costs.checkpoints import (
    CATALOG_REQUESTS,
    CHANGE_BYTES,
    COMMIT_BYTES,
    GZIPPED_SNAPSHOT_BYTES,
    HIGH_AVAILABILITY,
    SNAPSHOT_BYTES,
    STATE,
    STATE_BYTES,
    STATE_CHANGE_BYTES,
    STATE_SUBTASK,
    TABLE,
    TABLE_SUBTASK,
    Requests,
)
from costs.ledger import Ledger
from costs.resources import Resource, Stack, items, owner_of
from costs.usage import DAYS, HOURS, SECONDS, Usage
from infra.units import seconds

DEPLOYMENT = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
SESSION_JOB = "kubernetes:flink.apache.org/v1beta1:FlinkSessionJob"
OPTIMIZER = "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"

INTERVAL = "execution.checkpointing.interval"
GZIP = "'write.metadata.compression-codec' = 'gzip'"
"""As a script sets it for its table."""
REPLACED_METADATA = "tables' replaced metadata"

_GB = 1_000_000_000
_FILES_A_COMPACTION = 100
"""Glue guide: "Compaction optimization"."""
_KEY_REQUESTS = 0.01
"""Of a request to S3: a bucket key stands for many objects (S3 user guide: "Reducing the cost of SSE-KMS with Amazon S3
Bucket Keys")."""
_ACCESS_LOG_BYTES = 600
"""Of a request, roughly (S3 user guide: "Amazon S3 server access log format")."""


@dataclass(frozen=True)
class Job:
    name: str
    interval: float
    """Seconds between checkpoints."""
    parallelism: int
    tables: int
    high_availability: bool
    gzipped: bool
    """Whether its tables' metadata is compressed."""

    @classmethod
    def of(cls, deployment: Resource, script: str, cluster: Resource | None = None) -> "Job":
        """`cluster`: that of a session job, over whose options its own go."""
        shared: Any = (cluster.at("spec", "flinkConfiguration") if cluster else None) or {}
        own: Any = deployment.at("spec", "flinkConfiguration") or {}
        options: dict[str, Any] = {**shared, **own}
        return cls(
            name=deployment.name,
            interval=seconds(str(options[INTERVAL])),
            parallelism=int(deployment.at("spec", "job", "parallelism") or 1),
            tables=items(deployment.at("spec", "job", "args")).count("--writes"),
            high_availability="high-availability.type" in options,
            gzipped=GZIP in script,
        )

    @property
    def checkpoints(self) -> float:
        """In a month."""
        return SECONDS / self.interval

    @property
    def requests(self) -> Requests:
        """In a month."""
        of_tables = (TABLE + TABLE_SUBTASK * self.parallelism) * self.tables
        of_state = STATE + STATE_SUBTASK * self.parallelism + HIGH_AVAILABILITY * self.high_availability
        return (of_tables + of_state) * self.checkpoints


@dataclass(frozen=True)
class Keeping:
    """For how many days things are kept."""

    noncurrent_data: float
    """What was deleted or overwritten in the warehouse,"""
    noncurrent_state: float
    """and in the state bucket."""
    access_logs: float
    snapshots: float
    """And how long a snapshot stays, until the next run of the optimizer that removes it."""

    @classmethod
    def of(cls, stack: Stack) -> "Keeping":
        rules = {each.name: items(each.at("rules")) for each in stack.all(LIFECYCLE)}

        def days(bucket: str, *path: str) -> float:
            found = [
                Resource("", "", rule).at(*path) for name, each in rules.items() if bucket in name for rule in each
            ]
            return max((number for number in found if number), default=0)

        return cls(
            noncurrent_data=days("warehouse", "noncurrentVersionExpiration", "noncurrentDays"),
            noncurrent_state=days("state", "noncurrentVersionExpiration", "noncurrentDays"),
            access_logs=days("logs", "expiration", "days"),
            snapshots=max((_snapshot_days(each) for each in stack.all(OPTIMIZER)), default=0),
        )


def _snapshot_days(optimizer: Resource) -> float:
    """On average: half of the time between two runs is added."""
    path = ("configuration", "retentionConfiguration", "icebergConfiguration")
    days, hours = optimizer.at(*path, "snapshotRetentionPeriodInDays"), optimizer.at(*path, "runRateInHours")
    return (days or 0) + (hours or 0) / 24 / 2


def jobs_of(stack: Stack) -> list[Job]:
    scripts = {job: str(each.at("data", "job.sql")) for each in stack.all(CONFIG_MAP) if (job := scripted(each))}
    alone = [Job.of(each, scripts.get(each.name, "")) for each in stack.all(DEPLOYMENT) if not is_session(each)]
    clusters = {each.name: each for each in stack.all(DEPLOYMENT) if is_session(each)}
    return alone + [
        # Its script is an argument.
        Job.of(each, " ".join(map(str, items(each.at("spec", "job", "args")))), clusters.get(session_of(each)))
        for each in stack.all(SESSION_JOB)
    ]


def is_session(deployment: Resource) -> bool:
    """Whether it is a cluster without a job of its own."""
    return deployment.at("spec", "job") is None


def session_of(job: Resource) -> str:
    """The cluster of a session job."""
    return str(job.at("spec", "deploymentName"))


def scripted(config_map: Resource) -> str | None:
    """The job whose script this is (infra/flink_application.py), if it is one."""
    found = re.fullmatch(r"(.+)-script-[0-9a-f]{10}", config_map.name)
    return found[1] if found and config_map.type == CONFIG_MAP else None


def add_jobs(ledger: Ledger, stack: Stack, usage: Usage) -> None:
    keeping = Keeping.of(stack)
    jobs = {job.name: job for job in jobs_of(stack)}
    for job in jobs.values():
        add_job(ledger, job, keeping, usage)
    for optimizer in stack.all(OPTIMIZER):
        if owner := owner_of(optimizer.name, jobs):
            _add_optimizer(ledger, jobs[owner], optimizer, usage)


def add_job(ledger: Ledger, job: Job, keeping: Keeping, usage: Usage) -> None:
    requests = job.requests
    ledger.add("Lake", "requests that write or list", "write_requests", requests.write, job=job.name)
    ledger.add("Lake", "requests that read", "read_requests", requests.read, job=job.name)
    both = requests.write + requests.read
    ledger.add("Lake", "requests to the key", "key_requests", both * _KEY_REQUESTS, job=job.name)
    log_gb = both * _ACCESS_LOG_BYTES / _GB / DAYS * keeping.access_logs
    ledger.add("Lake", "access logs", "storage_gb_months", log_gb, job=job.name)
    for what, size in _stored_gb(job, keeping, usage).items():
        ledger.add("Lake", what, "storage_gb_months", size, job=job.name)
    ledger.add("Catalog", "requests", "catalog_requests", job.checkpoints * job.tables * CATALOG_REQUESTS, job=job.name)


def _stored_gb(job: Job, keeping: Keeping, usage: Usage) -> dict[str, float]:
    """On average over a month. What commits and compaction write is replaced sooner or later, and then kept as what it
    was for some days more."""
    commits = 86_400 / job.interval
    snapshot = GZIPPED_SNAPSHOT_BYTES if job.gzipped else SNAPSHOT_BYTES
    metadata = commits * (commits * keeping.snapshots) * snapshot
    data = usage.changes_per_second * 86_400 * CHANGE_BYTES + commits * COMMIT_BYTES
    state = commits * STATE_BYTES + usage.changes_per_second * 86_400 * job.tables * STATE_CHANGE_BYTES
    replaced = data / _GB + usage.rewritten_gb_per_day
    return {
        "tables": job.tables * usage.table_gb,
        "tables' replaced files": job.tables * replaced * (keeping.noncurrent_data + keeping.snapshots),
        REPLACED_METADATA: job.tables * metadata / _GB * keeping.noncurrent_data,
        "checkpoints": usage.state_gb,
        "replaced checkpoints": state / _GB * keeping.noncurrent_state,
    }


def _add_optimizer(ledger: Ledger, job: Job, optimizer: Resource, usage: Usage) -> None:
    match optimizer.at("type"):
        case "compaction":
            runs, minutes = job.checkpoints * job.parallelism / _FILES_A_COMPACTION, usage.compaction_dpu_minutes
        case "retention":
            path = ("configuration", "retentionConfiguration", "icebergConfiguration", "runRateInHours")
            runs, minutes = HOURS / (optimizer.at(*path) or 24), usage.retention_dpu_minutes
        case _:
            runs, minutes = DAYS, usage.orphan_dpu_minutes
    what = str(optimizer.at("type") or "optimizer").replace("_", " ")
    ledger.add("Catalog", what, "optimizer_dpu_hours", runs * minutes / 60, job=job.name)
