"""What a table's Iceberg metadata says of it: how often it is committed to, and what its schema was before.

The metadata is a document of Iceberg's specification ("Table Metadata Fields"), wherever it was read.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from infra.units import Duration, seconds

Metadata = Mapping[str, Any]
Verdict = Literal["met", "not met", "unknown"]

WINDOW = timedelta(hours=1)
"""How far back commits are looked at."""
_FEWEST = 2
"""Times between commits, of which a percentile says something."""


@dataclass(frozen=True)
class Commit:
    at: datetime
    changes: bool
    """Whether it changed a row. Flink commits nothing too, now and then, and no change has waited for that."""


@dataclass(frozen=True)
class Freshness:
    """How an objective was met lately, judged by commits: a change waits for the next one, so that they come at least
    as often is necessary. How long single changes took on their way to it, only the demo measures."""

    verdict: Verdict
    why: str
    """A sentence."""
    age: float | None = None
    """Seconds since the last commit."""
    p95: float | None = None
    """Of the seconds from one commit to the next that changed a row."""
    commits: int = 0
    """Those that changed one and were looked at,"""
    since: datetime | None = None
    """from this time on."""


@dataclass(frozen=True)
class SchemaVersion:
    """One of the schemas that a table has had."""

    id: int
    current: bool
    since: datetime | None
    """The first commit with it that the table still knows; None: it knows none."""
    oldest_known: bool
    """Whether there may have been earlier commits with it, which have expired."""
    changes: tuple[str, ...]
    """What is otherwise than in the one before; of the first, nothing."""


@dataclass(frozen=True)
class Measured:
    """A table as it was found at a time."""

    at: datetime
    freshness: Freshness
    schemas: tuple[SchemaVersion, ...]
    """The newest first."""
    columns: tuple[str, ...]
    """Those that it has now."""


def measure(metadata: Metadata, freshness: Duration, *, now: datetime) -> Measured:
    return Measured(now, judge(commits(metadata), freshness, now=now), schemas(metadata), _columns(metadata))


def commits(metadata: Metadata) -> list[Commit]:
    """Those of jobs, the oldest first. Compaction commits too, and makes nothing fresher."""
    found = [(snapshot["timestamp-ms"], snapshot.get("summary", {})) for snapshot in metadata.get("snapshots", [])]
    return [
        Commit(_time(millis), summary.get("changed-partition-count") != "0")
        for millis, summary in sorted(found, key=lambda each: each[0])
        if summary.get("operation") != "replace"
    ]


def judge(known: Sequence[Commit], freshness: Duration, *, now: datetime) -> Freshness:
    """`known`: the commits that are, the oldest first."""
    if not known:
        return Freshness("unknown", "The table has no commit yet.")
    objective, age = seconds(freshness), (now - known[-1].at).total_seconds()
    late = f"The last commit is older than the objective of {freshness}."
    recent = [commit for commit in known if commit.at >= now - WINDOW]
    gaps = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(recent) if later.changes]
    if len(gaps) < _FEWEST:
        few = Freshness("unknown", "Too few changes in the last hour to tell.", age, commits=len(gaps))
        return replace(few, verdict="not met", why=late) if age > objective else few
    p95 = statistics.quantiles(gaps, n=20, method="inclusive")[-1]
    verdict, why = "met", f"Commits come within the objective of {freshness}."
    if age > objective:
        verdict, why = "not met", late
    elif p95 > objective:
        verdict, why = "not met", f"One commit in twenty came later than the objective of {freshness} allows."
    return Freshness(verdict, why, age, p95, len(gaps), recent[0].at)


def schemas(metadata: Metadata) -> tuple[SchemaVersion, ...]:
    """All that the table has had, the newest first."""
    snapshots = sorted(metadata.get("snapshots", []), key=lambda snapshot: snapshot["timestamp-ms"])
    first: dict[int, datetime] = {}
    for snapshot in snapshots:
        if "schema-id" in snapshot:
            first.setdefault(snapshot["schema-id"], _time(snapshot["timestamp-ms"]))
    complete = bool(snapshots) and snapshots[0].get("sequence-number") == 1
    ordered = sorted(metadata["schemas"], key=lambda schema: schema["schema-id"])
    before: Metadata | None = None
    found: list[SchemaVersion] = []
    for schema in ordered:
        id_ = schema["schema-id"]
        since = first.get(id_)
        oldest = since is not None and not complete and since == _time(snapshots[0]["timestamp-ms"])
        changes = tuple(_changes(before, schema)) if before else ()
        found.append(SchemaVersion(id_, id_ == metadata["current-schema-id"], since, oldest, changes))
        before = schema
    return tuple(reversed(found))


def _columns(metadata: Metadata) -> tuple[str, ...]:
    current = metadata["current-schema-id"]
    (schema,) = [schema for schema in metadata["schemas"] if schema["schema-id"] == current]
    return tuple(field["name"] for field in schema["fields"])


def _changes(before: Metadata, after: Metadata) -> Iterator[str]:
    """By the fields' ids, which a column keeps whatever becomes of it."""
    old, new = ({field["id"]: field for field in schema["fields"]} for schema in (before, after))
    for id_, field in new.items():
        if id_ not in old:
            yield f"{field['name']} added"
    for id_, field in old.items():
        if id_ not in new:
            yield f"{field['name']} removed"
        else:
            yield from _changed(field, new[id_])
    if [each for each in old if each in new] != [each for each in new if each in old]:
        yield "columns in another order"


def _changed(old: Metadata, new: Metadata) -> Iterator[str]:
    name = new["name"]
    if old["name"] != name:
        yield f"{old['name']} renamed to {name}"
    if isinstance(old["type"], str) and isinstance(new["type"], str):
        if old["type"] != new["type"]:
            yield f"{name}: {old['type']} to {new['type']}"
    elif old["type"] != new["type"]:
        yield f"{name}: another type"
    if old["required"] != new["required"]:
        yield f"{name} is never NULL" if new["required"] else f"{name} may be NULL"
    if old.get("doc") != new.get("doc"):
        yield f"{name} described anew"


def _time(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
