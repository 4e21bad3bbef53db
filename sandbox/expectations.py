"""Whether a table is as its job promises, by the queries that AWS asks Athena; if not, until when."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from infra.expectation_sql import check_query, expectations_of, snapshots_query
from infra.jobs import LakeTable
from sandbox.athena.engine import Athena

_ALL = 1_000_000
"""Snapshots: more than a table of a sandbox ever has."""


@dataclass(frozen=True)
class Snapshot:
    id: int
    committed_at: datetime
    earlier_id: int
    """What its number of rows is compared with."""

    def __str__(self) -> str:
        return f"{self.id} of {self.committed_at:%Y-%m-%d %H:%M:%S.%f}"[:-3] + " UTC"


@dataclass(frozen=True)
class Answer:
    """How a snapshot keeps one expectation."""

    expectation: str
    promise: str
    """The same, in words."""
    violations: int
    sample: str | None

    @property
    def held(self) -> bool:
        return self.violations == 0


@dataclass(frozen=True)
class Finding:
    """How a table's newest snapshot keeps all of them, as job.yaml has them."""

    snapshot: Snapshot
    answers: tuple[Answer, ...]

    @property
    def held(self) -> bool:
        return all(answer.held for answer in self.answers)


def look_at(athena: Athena, table: LakeTable) -> Finding | None:
    """None before the table's first commit. Raises `QueryError` where there is no such table."""
    newest = snapshots(athena, table, most=1)
    return Finding(newest[0], answers(athena, table, newest[0])) if newest else None


def snapshots(athena: Athena, table: LakeTable, *, most: int = _ALL) -> list[Snapshot]:
    """The newest first."""
    rows = athena.query(snapshots_query(table, most=most)).rows
    return [Snapshot(cast(int, id_), cast(datetime, at), cast(int, earlier)) for id_, at, earlier in rows]


def answers(athena: Athena, table: LakeTable, snapshot: Snapshot) -> tuple[Answer, ...]:
    expectations = expectations_of(table)
    if not expectations:
        return ()
    rows = athena.query(check_query(table).of(snapshot.id, snapshot.earlier_id)).rows
    found = {str(name): (int(str(violations)), sample) for name, violations, sample, _ in rows}
    return tuple(
        Answer(each.name, each.promise, violations, None if sample is None else str(sample))
        for each in expectations
        for violations, sample in (found[each.name],)
    )


def last_good(athena: Athena, table: LakeTable) -> Snapshot | None:
    """A snapshot that keeps everything, and whose successor does not: what to go back to. The newest such one, unless
    the table was broken, good and broken again meanwhile. None: no snapshot that was looked at is good."""
    known = snapshots(athena, table)
    return before_breach(known, lambda snapshot: all(answer.held for answer in answers(athena, table, snapshot)))


def before_breach(known: Sequence[Snapshot], good: Callable[[Snapshot], bool]) -> Snapshot | None:
    """Of `known`, the newest first and not good: looks further and further back, until one is good, and then between
    that and the last one that was not. Of a million snapshots it looks at forty."""
    bad, at = 0, 1
    while at < len(known) and not good(known[at]):
        bad, at = at, at + 1 if at == len(known) - 1 else min(2 * at, len(known) - 1)
    if at >= len(known):
        return None
    while at - bad > 1:
        middle = (at + bad) // 2
        bad, at = (bad, middle) if good(known[middle]) else (middle, at)
    return known[at]
