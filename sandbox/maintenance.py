"""`lakehouse maintain`: on this machine what Glue's table optimizers do on AWS, once, when somebody asks for it.

The same three tasks, with the same settings (`infra/table_maintenance.py`), by Iceberg's own Flink maintenance; a
stream may write the table meanwhile.
"""

import json
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Self, cast

from infra.errors import ConfigurationError
from infra.jobs import Job, LakeTable, load_jobs
from infra.settings import Settings
from infra.table_maintenance import optimizers
from infra.validation import nearest
from sandbox.flink.java import JAVA_17
from sandbox.flink.log_file import logging_to
from sandbox.packages import flink_jars, java_home
from sandbox.state import JobState, State

_MAIN = "lakehouse.maintenance.MaintainTable"
_HEAP_MIB = 512


class MaintenanceFailed(Exception):
    """A task failed; `str()` says which, of which table, and where its log is."""


@dataclass(frozen=True)
class Shape:
    """How much a reader of a table has to open."""

    data_files: int
    delete_files: int
    snapshots: int


@dataclass(frozen=True)
class Maintained:
    """What was done to a table."""

    table: str
    before: Shape
    after: Shape
    files_expired: int
    """Files of snapshots that went."""
    orphans_deleted: int

    @classmethod
    def of(cls, table: str, said: dict[str, Any]) -> Self:
        before, after = Shape(**said.pop("before")), Shape(**said.pop("after"))
        return cls(table, before, after, **said)


def written_tables(project: Path, settings: Settings, state: State) -> dict[str, tuple[Job, LakeTable]]:
    """The lake tables of the jobs that run, by `<database>.<table>`."""
    running = [job for job in load_jobs(project / "jobs", settings) if job.name in state.jobs]
    return {f"{table.database}.{table.name}": (job, table) for job in running for table in job.tables}


def chosen(wanted: list[str], tables: list[str]) -> list[str]:
    """Those that are wanted, all where none is; raises `ConfigurationError` for one that no running job writes."""
    for name in wanted:
        if name not in tables:
            raise ConfigurationError(f"{name}: no running job writes such a table{nearest(name, tables)}")
    return wanted or tables


def maintain(job: JobState, table: str, folder: Path, *, keep: timedelta | None, time_travel_days: int) -> Maintained:
    """Compact it, expire its snapshots, delete its orphans; raises `MaintenanceFailed`. `keep`: how old a snapshot may
    be, else as the stack says; `folder` takes the log."""
    folder.mkdir(parents=True, exist_ok=True)
    log, logging = folder / f"{table}.log", folder / "log4j.properties"
    logging.write_text(logging_to(log))
    ran = subprocess.run(
        [*_command(job, logging), *_arguments(table, keep, time_travel_days)],
        env={**job.environment, "FLINK_CONF_DIR": str(job.home / "conf")},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        said = ran.stderr.strip().splitlines() or [f"exit code {ran.returncode}"]
        raise MaintenanceFailed(f"{table}: {said[0]}\n  its log: {log}")
    return Maintained.of(table, json.loads(ran.stdout.splitlines()[-1]))


def _arguments(table: str, keep: timedelta | None, time_travel_days: int) -> list[str]:
    declared = optimizers("", time_travel_days)
    retention = _iceberg(declared["retention"], "retention_configuration")
    orphans = _iceberg(declared["orphan_file_deletion"], "orphan_file_deletion_configuration")
    kept = timedelta(days=retention["snapshot_retention_period_in_days"]) if keep is None else keep
    return [
        *["--catalog", "lake", "--table", table, "--keep", f"PT{kept.total_seconds():.0f}S"],
        *["--retain-last", str(retention["number_of_snapshots_to_retain"])],
        *["--orphans-after", f"P{orphans['orphan_file_retention_period_in_days']}D"],
    ]


def _iceberg(optimizer: Any, kind: str) -> dict[str, int]:
    return cast(dict[str, int], optimizer[kind]["iceberg_configuration"])


def _command(job: JobState, logging: Path) -> list[str]:
    jars = [job.home / "lib" / "*", flink_jars() / "usrlib" / "table-maintenance.jar"]
    java = java_home() / "bin" / "java"
    options = [f"-Xmx{_HEAP_MIB}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [
        *[str(java), *options, *JAVA_17, f"-Dlog4j.configurationFile={logging}"],
        *["-classpath", ":".join(map(str, jars)), _MAIN],
    ]
