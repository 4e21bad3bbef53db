# pyright: reportUnknownMemberType=false
# (matplotlib leaves its keyword arguments untyped)
"""What the runs of `bench.maintenance` came to, as `bench/results/maintenance.md` and a picture beside it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from bench.report import RESULTS, machine

_COMMITS_AN_HOUR = 360
"""At the default checkpoint interval, 10 s."""


@dataclass(frozen=True)
class Look:
    """How long a query took after so many commits."""

    maintained: bool
    commits: int
    seconds: float

    @property
    def hours(self) -> float:
        return self.commits / _COMMITS_AN_HOUR


def write(looks: Sequence[Look], *, orders: int, rate: int) -> str:
    """Write both files; gives the text."""
    written = text(looks, orders=orders, rate=rate)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "maintenance.md").write_text(written)
    (RESULTS / "maintenance.svg").write_text(_picture(looks))
    return written


def text(looks: Sequence[Look], *, orders: int, rate: int) -> str:
    with_, without = _of(looks, maintained=True), _of(looks, maintained=False)
    pairs = [(without[commits], with_[commits]) for commits in sorted(without.keys() & with_.keys())]
    rows = "\n".join(
        f"| {bare.commits} | {bare.hours:.1f} | {bare.seconds:.2f} s | {kept.seconds:.2f} s |" for bare, kept in pairs
    )
    return f"""\
# Reading a table after hours of upserts

{datetime.now(UTC):%Y-%m-%d}. {machine()} Two sandboxes, one after the other: {orders:,} orders, then {rate} \
changes a second, a commit every half second. A stack commits every 10 s: hours are those in which it makes as many \
commits. The query counts and sums the whole table, by DuckDB; the median of three. Maintained: `lakehouse maintain` \
before each look, while nobody writes.

| commits | hours | not maintained | maintained |
|---:|---:|---:|---:|
{rows}

![Seconds of a query against hours of upserts](maintenance.svg)

What makes the difference: each commit adds a delete file with the keys of the rows that it replaces, and every data
file that is older must be read against it. DuckDB does so file by file, so its time grows with the square of the
commits; Athena and Trino read the deletes once for each split, and their time grows too, only more slowly.
"""


def _of(looks: Sequence[Look], *, maintained: bool) -> dict[int, Look]:
    return {look.commits: look for look in looks if look.maintained is maintained}


def _picture(looks: Sequence[Look]) -> str:
    matplotlib.rcParams["svg.hashsalt"] = "maintenance"
    figure = Figure(figsize=(8.6, 3.4), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.subplots()
    for maintained, colour, label in ((False, "#d29922", "not maintained"), (True, "#1f6feb", "maintained")):
        found = list(_of(looks, maintained=maintained).values())
        axes.plot([look.hours for look in found], [look.seconds for look in found], "o-", color=colour, label=label)
    axes.set_xlabel("hours of upserts at a commit every 10 s", fontsize=9)
    axes.set_title("seconds of a query over the whole table", fontsize=10)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()
