"""The columns of the tables that a job writes, in Athena's types: from the job's plan lock, which has what Flink makes
of its tables, or else from what its script says."""

from collections.abc import Mapping, Sequence

from infra.athena_types import athena_type
from infra.errors import ConfigurationError
from infra.job_script import Column
from infra.job_script import columns as columns_of_script
from infra.jobs import Job, LakeTable
from infra.plan_lock import LOCK, LockedTable, PlanLock, inputs, read_lock
from infra.validation import nearest


def columns(job: Job) -> Mapping[str, list[Column]]:
    """Of each table that the job writes, by `<database in Glue>.<table>`.

    Raises `ConfigurationError` where the lock was edited by hand, or where nothing in the job makes such a table.
    """
    lock = read_lock(job.folder)
    if lock is None or is_stale(job, lock):
        return columns_of_script(job)
    check_promises(job, lock)
    return {f"{table.database}.{table.name}": _columns_of(_locked_table(table, lock)) for table in job.tables}


def problem_with_locks(jobs: Sequence[Job]) -> str | None:
    """What to tell of the locks that the jobs lack, or that are older than the jobs; None: all are as they should be.
    Raises `ConfigurationError` where one was edited by hand."""
    found: dict[str, str] = {}
    for job in jobs:
        lock = read_lock(job.folder)
        if lock is None:
            found[job.name] = f"jobs/{job.name}/{LOCK} is missing"
        elif is_stale(job, lock):
            found[job.name] = f"jobs/{job.name}/{LOCK} is older than the job"
    if not found:
        return None
    return (
        f"{', '.join(found.values())}: the contract's columns are those of the script; "
        f"run 'lakehouse plan {' '.join(found)}' and commit what it writes"
    )


def is_stale(job: Job, lock: PlanLock) -> bool:
    """Whether something that the plan follows from was changed since the lock was written."""
    return lock.inputs != inputs(job.folder, job.files, job.manifest)


def check_promises(job: Job, lock: PlanLock) -> None:
    """Raise `ConfigurationError` unless the job makes each table of its job.yaml, with the key that stands there."""
    for table in job.tables:
        written, found = table.write, _locked_table(table, lock)
        names = [column.name for column in found.columns] if found else []
        place = f"jobs/{job.name}/job.yaml: writes {written.table}"
        if not found:
            raise ConfigurationError(f"{place}, which the job does not make{nearest(written.table, list(lock.tables))}")
        for column in written.key:
            if column not in names:
                raise ConfigurationError(
                    f"{place} with the key column '{column}', which the table does not have{nearest(column, names)}"
                )
        if set(found.key) != set(written.key):
            raise ConfigurationError(
                f"{place} with the key ({', '.join(written.key)}), and the table's PRIMARY KEY is "
                f"({', '.join(found.key)});\n"
                "make both the same: rows of the lake are replaced by that key, or, without one, only added"
            )


def _locked_table(table: LakeTable, lock: PlanLock) -> LockedTable | None:
    """By the stack file's name for its database; a script may have Glue's instead."""
    return lock.tables.get(table.write.table) or lock.tables.get(f"{table.database}.{table.name}")


def _columns_of(table: LockedTable | None) -> list[Column]:
    assert table is not None, "check_promises looked for it"
    return [Column(each.name, athena_type(each.type), each.nullable, each.description) for each in table.columns]
