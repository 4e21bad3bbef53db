"""What a change does to the tables that analysts were promised."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from impact.version import JobVersion, ProjectVersion
from infra.plan_lock import LockedColumn, LockedTable
from infra.units import seconds


class Change(StrEnum):
    UNCHANGED = "unchanged"
    NEW = "new"
    COMPATIBLE = "compatible change"
    BREAKING = "breaking change"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class TableVerdict:
    table: str
    """`<database>.<table>`, the database as the stack file calls it."""
    change: Change
    reasons: tuple[str, ...]
    announced: bool = False
    """Whether the contract's major version moves with it."""

    @property
    def fails(self) -> bool:
        return self.change is Change.BREAKING and not self.announced


@dataclass(frozen=True)
class _Promise:
    """A table as its job promises it: of the lock what is in it, of job.yaml who answers for it."""

    job: JobVersion
    write: Mapping[str, Any]
    made: LockedTable | None


def table_verdicts(before: ProjectVersion, after: ProjectVersion) -> list[TableVerdict]:
    """Of every table that the stack's jobs write, or wrote, by name."""
    old, new = _promises(before), _promises(after)
    announced = after.contract > before.contract
    return [_verdict(name, old.get(name), new.get(name), before, after, announced) for name in sorted({*old, *new})]


def _promises(version: ProjectVersion) -> dict[str, _Promise]:
    found: dict[str, _Promise] = {}
    for job in version.jobs.values():
        for write in cast(list[Mapping[str, Any]], job.manifest.get("writes") or []):
            name = str(write["table"])
            found[name] = _Promise(job, write, job.lock.tables.get(name) if job.lock else None)
    return found


def _verdict(
    name: str,
    old: _Promise | None,
    new: _Promise | None,
    before: ProjectVersion,
    after: ProjectVersion,
    announced: bool,
) -> TableVerdict:
    if old is None:
        return TableVerdict(name, Change.NEW, ())
    if new is None:
        return TableVerdict(name, Change.BREAKING, ("no job writes it any more",), announced)
    breaking = list(_breaking(name, old, new, before, after))
    compatible = list(_compatible(old, new))
    if breaking:
        return TableVerdict(name, Change.BREAKING, (*breaking, *compatible), announced)
    if old.made is None or new.made is None:
        which = old.job if old.made is None else new.job
        return TableVerdict(
            name, Change.UNKNOWN, (f"jobs/{which.name}: {which.problem or 'its plan has no such table'}",)
        )
    return TableVerdict(name, Change.COMPATIBLE if compatible else Change.UNCHANGED, tuple(compatible))


def _breaking(name: str, old: _Promise, new: _Promise, before: ProjectVersion, after: ProjectVersion) -> Iterator[str]:
    was, now = _in_glue(name, before), _in_glue(name, after)
    if was != now:
        yield f"it is called {now} in Glue, and was {was}"
    if _key(old) != _key(new):
        yield f"its key is ({', '.join(_key(new))}), and was ({', '.join(_key(old))})"
    if old.made is None or new.made is None:
        return
    columns = {column.name: column for column in new.made.columns}
    for column in old.made.columns:
        found = columns.get(column.name)
        if found is None:
            yield f"the column {column.name} is gone"
        elif column.type != found.type and not _widened(column.type, found.type):
            yield f"the column {column.name} is {found.type}, and was {column.type}"
        elif found.nullable and not column.nullable:
            yield f"the column {column.name} may be null, and was never"


def _compatible(old: _Promise, new: _Promise) -> Iterator[str]:
    for what in ("freshness", "description"):
        was, now = old.write.get(what), new.write.get(what)
        if was != now:
            yield f"its {what} is {now}, and was {was}" if what == "freshness" else f"its {what} is another"
            if what == "freshness" and _longer(str(was), str(now)):
                yield "it promises less than before"
    if old.job.manifest.get("owner") != new.job.manifest.get("owner"):
        yield f"its owner is {new.job.manifest.get('owner')}, and was {old.job.manifest.get('owner')}"
    if old.job.name != new.job.name:
        yield f"jobs/{new.job.name} writes it, and jobs/{old.job.name} did"
    if old.made is not None and new.made is not None:
        yield from _of_columns(old.made, new.made)


def _of_columns(old: LockedTable, new: LockedTable) -> Iterator[str]:
    before = {column.name: column for column in old.columns}
    for column in new.columns:
        was = before.get(column.name)
        if was is None:
            yield f"the column {column.name} ({column.type}) is new{'' if column.nullable else ' and never null'}"
        else:
            yield from _of_column(was, column)
    if old.partitioned_by != new.partitioned_by:
        was, now = (", ".join(each.partitioned_by) for each in (old, new))
        yield f"it is to be partitioned by ({now}), and was by ({was})"


def _of_column(old: LockedColumn, new: LockedColumn) -> Iterator[str]:
    if _widened(old.type, new.type):
        yield f"the column {new.name} is widened from {old.type} to {new.type}"
    if old.nullable and not new.nullable:
        yield f"the column {new.name} is never null from now on"
    if old.description != new.description:
        yield f"the column {new.name} is described otherwise"


def _key(promise: _Promise) -> list[str]:
    return [str(column) for column in cast(list[object], promise.write.get("key") or [])]


def _in_glue(table: str, version: ProjectVersion) -> str:
    database = table.partition(".")[0]
    databases = cast(Mapping[str, Mapping[str, Any]], version.settings.get("databases") or {})
    return str((databases.get(database) or {}).get("name", database))


def _widened(old: str, new: str) -> bool:
    """As Iceberg can do to a column in place, and every reader follows (Iceberg's specification: "Schema
    Evolution")."""
    if (old, new) in {("INT", "BIGINT"), ("FLOAT", "DOUBLE")}:
        return True
    decimals = [re.fullmatch(r"DECIMAL\((\d+), (\d+)\)", each) for each in (old, new)]
    was, now = decimals
    return bool(was and now and was[2] == now[2] and int(now[1]) > int(was[1]))


def _longer(was: str, now: str) -> bool:
    try:
        return seconds(now) > seconds(was)
    except ValueError:
        return False
