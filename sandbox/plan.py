"""`lakehouse plan`: what Flink makes of each job, into its plan.lock.json (`infra/plan_lock.py`)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from infra.errors import ConfigurationError
from infra.job_columns import check_promises
from infra.job_manifest import Write
from infra.jobs import Job, LakeTable, job_folders, read_job
from infra.plan_lock import LOCK, PlanLock, make, text_of, write_lock
from infra.validation import nearest
from sandbox.flink.planner import planned

Outcome = Literal["unchanged", "written", "stale", "missing"]

_TABLE = re.compile(r"(?:TableSourceScan|LookupJoin)\(table=\[+([^\[\]]+)")
"""How the planner says what it reads: `table=[[catalog, database, name…` or `table=[catalog.database.name…`."""
_TEMPORARY = "default_catalog"
_LAKE = "lake"


@dataclass(frozen=True)
class Locked:
    """What came of one job."""

    job: str
    outcome: Outcome | None = None
    error: str = ""
    unseen: tuple[str, ...] = ()
    """Operators whose state can't be seen, and why."""


def plan_jobs(project: Path, names: Sequence[str] = (), *, check: bool = False) -> list[Locked]:
    """Plan these jobs of the project, or all of them, and write their locks; with `check` write nothing.

    Raises `ConfigurationError` where a job's folder is wrong, or not there.
    """
    folders = {path.name: path for path in job_folders(project / "jobs")}
    for name in names:
        if name not in folders:
            raise ConfigurationError(f"there is no job folder jobs/{name}{nearest(name, list(folders))}")
    jobs = {name: neutral_job(folders[name]) for name in names or folders}
    return [_locked(jobs[name], plan, check) for name, plan in planned(jobs).items()]


def neutral_job(folder: Path) -> Job:
    """The job as every stack has it: its databases by the names that stack files give them."""
    files, manifest = read_job(folder)
    tables = tuple(_neutral_table(write) for write in manifest.writes)
    return Job(folder.name, files, manifest, tables, folder)


def _neutral_table(write: Write) -> LakeTable:
    database, _, name = write.table.partition(".")
    return LakeTable(database, name, write)


def lock_of(job: Job, plan: dict[str, Any]) -> PlanLock:
    """The lock that follows from the planner's answer."""
    operators = [_operator(operator) for operator in plan["operators"]]
    read = {name for operator in operators for name in _tables_read(operator["description"])}
    tables, sources = dict[str, Any](), dict[str, Any]()
    for made in plan["tables"]:
        path = (made["catalog"], made["database"], made["name"])
        if path in read:
            sources[_name_of(path)] = {key: made[key] for key in ("connector", "columns", "key")}
        if made["catalog"] != _TEMPORARY:
            name = ".".join(path[1:] if made["catalog"] == _LAKE else path)
            tables[name] = {key: made[key] for key in ("columns", "key", "partitioned_by")}
    found = {"tables": dict(sorted(tables.items())), "sources": dict(sorted(sources.items())), "operators": operators}
    return make(job.folder, job.files, job.manifest, found)


def _locked(job: Job, plan: dict[str, Any] | ConfigurationError, check: bool) -> Locked:
    if isinstance(plan, ConfigurationError):
        return Locked(job.name, error=str(plan))
    lock = lock_of(job, plan)
    try:
        check_promises(replace(job, tables=tuple(_as_called(table, lock) for table in job.tables)), lock)
    except ConfigurationError as error:
        return Locked(job.name, error=str(error))
    unseen = tuple(f"{each['name']}: {each['unseen']}" for each in plan["operators"] if each["unseen"])
    file = job.folder / LOCK
    before = file.read_text(encoding="utf-8") if file.exists() else None
    if before == text_of(lock):
        return Locked(job.name, "unchanged", unseen=unseen)
    if check:
        return Locked(job.name, "stale" if before is not None else "missing", unseen=unseen)
    write_lock(job.folder, lock)
    return Locked(job.name, "written", unseen=unseen)


def _as_called(table: LakeTable, lock: PlanLock) -> LakeTable:
    """A script may call a database as Glue does, which no stack tells here; then the table's name has to do."""
    databases = [name.split(".")[0] for name in lock.tables if name.split(".")[1:] == [table.name]]
    return replace(table, database=databases[0]) if len(databases) == 1 else table


def _operator(operator: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in operator.items() if key != "unseen"}
    return found if operator["unseen"] is None else found | {"state": None}


def _tables_read(description: str) -> list[tuple[str, ...]]:
    return [tuple(re.split(r", |\.", path)[:3]) for path in _TABLE.findall(description)]


def _name_of(path: tuple[str, ...]) -> str:
    return path[-1] if path[0] == _TEMPORARY else ".".join(path)
