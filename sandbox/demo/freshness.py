"""How long each change takes from its commit on the source until it is visible in the lake: the arithmetic.

**Visible** is what a reader can get: the catalog points to a commit's metadata (`commits.CommitWatcher` sees when), and
the row stands in the table after that commit.

A row of the lake passes through states: one after each change to it, in the order of their commits on the sources. A
lake commit that *touches* the row (writes or deletes it) shows the latest of those states that equals what it left
behind and that was committed by then. A change is visible, for one row, at the first lake commit that shows its state
**or a later state of that row**: when several changes to a row fall into one checkpoint, only the last one is ever in
the lake, and it carries the others. A change of many rows (a product's name) is visible when the last of them is.

While the two sources are out of step in the lake (a later change of one shows before an earlier change of the other),
the row equals no state, and neither change counts as visible: the figures err to the slow side, never to the fast one.
An untouched row shows nothing, even if it equals the state awaited: the deletion of a row inserted a moment ago
is visible when the lake has taken note of it, not while it knows of neither.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sandbox.demo.changes import Change
from sandbox.demo.comparison import normal
from sandbox.sample.tables import EnrichedOrder


@dataclass(frozen=True)
class Commit:
    """One commit of the lake's table.

    `seen_at`: when the catalog first pointed to it (or to a later one), seconds since the epoch. `rows`: of the orders
    asked for, those that it touched, as it left them (None: no row). `total_rows`: of the whole table after it.
    """

    sequence: int
    seen_at: float
    rows: Mapping[int, Mapping[str, object] | None]
    total_rows: int


class Sample(NamedTuple):
    """One visible change: when it was committed on its source (seconds since the epoch), and for how long it was not
    in the lake (seconds)."""

    committed_at: float
    seconds: float
    kind: str


@dataclass(frozen=True)
class Freshness:
    """Percentiles in seconds, None without samples. Changes that show nowhere by design are in neither figure."""

    p50: float | None
    p95: float | None
    p99: float | None
    samples: tuple[Sample, ...]
    not_visible: int


def measure(changes: Sequence[Change], commits: Sequence[Commit]) -> Freshness:
    """The freshness of `changes`, given in the order of their commits, from every lake commit since the first."""
    commits = sorted(commits, key=lambda commit: commit.sequence)
    visible = _visible(changes, commits)
    awaited = [change for change in changes if change.effect]
    samples: list[Sample] = []
    for change in awaited:
        moments = [visible.get((change.sequence, order_id)) for order_id in change.order_ids]
        seen = [moment for moment in moments if moment is not None]
        if len(seen) == len(moments):
            samples.append(Sample(change.committed_at, max(seen) - change.committed_at, change.kind))
    seconds = [sample.seconds for sample in samples]
    return Freshness(
        p50=percentile(seconds, 50),
        p95=percentile(seconds, 95),
        p99=percentile(seconds, 99),
        samples=tuple(samples),
        not_visible=len(awaited) - len(samples),
    )


def rows_over_time(commits: Iterable[Commit]) -> list[tuple[float, int]]:
    """When each commit was seen (seconds since the epoch), and the table's rows after it."""
    return [(commit.seen_at, commit.total_rows) for commit in sorted(commits, key=lambda commit: commit.sequence)]


def percentile(values: Sequence[float], percent: float) -> float | None:
    """By nearest rank: the least value that is no less than `percent` % of them. None without values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


class _State(NamedTuple):
    """A row after a change: compared with what the lake has, column by column."""

    change: int
    committed_at: float
    row: EnrichedOrder | None


def _visible(changes: Sequence[Change], commits: Sequence[Commit]) -> dict[tuple[int, int], float]:
    """When each change (by sequence) became visible in each order's row; pairs that never did are left out."""
    states: dict[int, list[_State]] = {}
    for change in changes:
        for order_id, row in change.effect.items():
            states.setdefault(order_id, []).append(_State(change.sequence, change.committed_at, row))
    shown = dict.fromkeys(states, 0)
    visible: dict[tuple[int, int], float] = {}
    for commit in commits:
        for order_id, found in commit.rows.items():
            awaited = states.get(order_id, [])
            start = shown.get(order_id, 0)
            latest = _latest(awaited, start, found, commit.seen_at)
            for state in awaited[start:latest]:
                visible[state.change, order_id] = commit.seen_at
            shown[order_id] = latest
    return visible


def _latest(
    states: Sequence[_State],
    start: int,
    found: Mapping[str, object] | None,
    seen_at: float,
) -> int:
    """One past the latest state from `start` on that equals what was found and was committed by then; else `start`."""
    for place in range(len(states), start, -1):
        state = states[place - 1]
        if state.committed_at <= seen_at and _equal(state.row, found):
            return place
    return start


def _equal(expected: EnrichedOrder | None, found: Mapping[str, object] | None) -> bool:
    """Equal in the columns that both have: a job that selects other columns is still measured by the rest."""
    if expected is None or found is None:
        return expected is None and found is None
    return all(normal(value) == normal(found[name]) for name, value in expected._asdict().items() if name in found)
