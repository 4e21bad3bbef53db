# pyright: reportUnknownMemberType=false
# (matplotlib leaves its keyword arguments untyped)
"""What the runs of `bench.hops` came to, as `bench/results/hops.md` and a picture beside it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from bench.report import RESULTS, machine

_COLOURS = {"one hop": "#1f6feb", "two hops": "#d29922"}


@dataclass(frozen=True)
class Run:
    """One way at one parallelism. Times are in seconds."""

    way: str
    parallelism: int
    rows_per_second: float
    snapshot_seconds: float
    """From the start of the first job until the lake has every row."""
    p50: float
    """Of the freshness: from a change's commit on its source until it is visible in the lake."""
    p95: float
    changes: int


def write(runs: Sequence[Run], *, orders: int, rate: int) -> str:
    """Write both files; gives the text."""
    written = text(runs, orders=orders, rate=rate)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "hops.md").write_text(written)
    (RESULTS / "hops.svg").write_text(_picture(runs))
    return written


def text(runs: Sequence[Run], *, orders: int, rate: int) -> str:
    rows = "\n".join(
        f"| {run.way} | {run.parallelism} | {run.snapshot_seconds:.1f} s | {run.rows_per_second:,.0f}"
        f" | {run.p50:.2f} s | {run.p95:.2f} s |"
        for run in runs
    )
    return f"""\
# One hop or two

{datetime.now(UTC):%Y-%m-%d}. {machine()} One run of each, one after the other, each in a sandbox of its own: \
{orders:,} orders with products and shipments are in the databases before the jobs start; then {runs[0].changes:,} \
changes at {rate} a second. Checkpoints every second.

| way | parallelism | snapshot in the lake after | rows a second | freshness p50 | p95 |
|---|---:|---:|---:|---:|---:|
{rows}

![Rows a second and freshness, one hop and two](hops.svg)

**One hop** (`enriched-orders`) joins both databases straight into the lake. **Two hops** (`operations-orders`, then
`operations-orders-lake`) write the joined rows to MySQL first and follow that table.

What makes the difference: each of the two hops waits for a flush or a checkpoint of its own, so freshness adds up, by
half a second at parallelism 1. At parallelism 2 the tasks of both ways share the same two cores; of one run each, some
tenths of a second mean nothing there. The
JDBC sink writes every intermediate row that the two outer joins give (an order first without product and shipment,
then with one, then with both), which Iceberg's sink, by its commits, mostly never shows; and MySQL writes each of them
to its binary log, from which the second job reads them all again. Every row was compared at the end of each run; none
differed.
"""


def _picture(runs: Sequence[Run]) -> str:
    matplotlib.rcParams["svg.hashsalt"] = "hops"
    figure = Figure(figsize=(8.6, 3.4), layout="constrained")
    FigureCanvasSVG(figure)
    left, right = figure.subplots(1, 2)
    parallelisms = sorted({run.parallelism for run in runs})
    for offset, (way, colour) in zip((-0.2, 0.2), _COLOURS.items(), strict=True):
        of_way = {run.parallelism: run for run in runs if run.way == way}
        places = [index + offset for index in range(len(parallelisms))]
        left.bar(places, [of_way[each].rows_per_second for each in parallelisms], 0.36, color=colour, label=way)
        right.bar(places, [of_way[each].p95 for each in parallelisms], 0.36, color=colour, label=way)
    for axes, title in ((left, "snapshot, rows a second"), (right, "freshness p95, seconds")):
        axes.set_title(title, fontsize=10)
        axes.set_xticks(range(len(parallelisms)), [f"parallelism {each}" for each in parallelisms])
        axes.spines[["top", "right"]].set_visible(False)
    left.legend(frameon=False)
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()
