"""The verdict on a change of the job enriched-orders, by its own plan and the program's own judgement."""

from collections.abc import Mapping
from typing import Any, cast

from impact.jobs import job_verdicts
from impact.report import Impact, markdown
from impact.tables import table_verdicts
from impact.version import JobVersion, ProjectVersion
from infra.plan_lock import PlanLock, read_lock
from infra.validation import parse_yaml
from tests.declared import PROJECT

JOB = "enriched-orders"
TABLE = "orders.enriched_orders_lake"
KEY = ["order_id", "product_id"]


def verdict() -> str:
    """What `lakehouse impact` writes where the job's table gets another key, and the job is to be twice as fast."""
    folder = PROJECT / "jobs" / JOB
    manifest = cast(Mapping[str, Any], parse_yaml(folder / "job.yaml", f"jobs/{JOB}/job.yaml"))
    lock = read_lock(folder)
    assert lock is not None
    (write,) = manifest["writes"]
    changed = {**manifest, "parallelism": 2, "writes": [{**write, "key": KEY}]}
    before = _project(JobVersion(JOB, manifest, {"job.sql": "before"}, lock))
    after = _project(JobVersion(JOB, changed, {"job.sql": "after"}, _with_another_key(lock)))
    return markdown(Impact("base", "head", "dev", job_verdicts(before, after), table_verdicts(before, after)))


def _project(job: JobVersion) -> ProjectVersion:
    return ProjectVersion({job.name: job}, {"databases": {"orders": {"name": "iceberg_orders_dev"}}}, {}, contract=1)


def _with_another_key(lock: PlanLock) -> PlanLock:
    """As Flink's planner makes it of that edit: the key's columns are never null, and what sorts out changes of one key
    keeps them by the new one."""
    columns = [
        column.model_copy(update={"nullable": False}) if column.name in KEY else column
        for column in lock.tables[TABLE].columns
    ]
    table = lock.tables[TABLE].model_copy(update={"columns": columns, "key": KEY})
    operators = [
        each.model_copy(update={"key": "ROW<INT NOT NULL, INT NOT NULL>"}) if each.kind == "SinkMaterializer" else each
        for each in lock.operators
    ]
    return lock.model_copy(update={"tables": {TABLE: table}, "operators": operators})
