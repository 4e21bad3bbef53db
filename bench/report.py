# pyright: reportUnknownMemberType=false
# (matplotlib leaves its keyword arguments untyped)
"""What the runs of `bench.program` came to, as `bench/results/program.md` and a picture beside it."""

import io
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import correlation, linear_regression, median

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

RESULTS = Path(__file__).parent / "results"
OBJECTIVE_JOBS, OBJECTIVE_SECONDS = 200, 10


@dataclass(frozen=True)
class Run:
    """One process, from its start to its end."""

    resources: int
    registrations: int
    """Resources and components."""
    declared: float
    """Seconds until everything was declared."""
    seconds: float
    """Seconds until the process was gone."""
    cpu_seconds: float
    peak_mib: int


@dataclass(frozen=True)
class Line:
    """A straight line through the medians."""

    start: float
    """Seconds without any job."""
    per_job: float
    """Seconds."""
    r_squared: float

    @classmethod
    def through(cls, runs: Mapping[int, Sequence[Run]]) -> "Line":
        jobs = list(runs)
        seconds = [_median(each, "seconds") for each in runs.values()]
        fit = linear_regression(jobs, seconds)
        return cls(fit.intercept, fit.slope, correlation(jobs, seconds) ** 2)


def write(programs: Mapping[int, Sequence[Run]], bare: Mapping[int, Sequence[Run]], *, stack: str, load: float) -> str:
    """Write both files; gives the text. `programs` and `bare`: by the number of jobs; `load`: the machine's before."""
    written = text(programs, bare, stack=stack, load=load)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "program.md").write_text(written)
    (RESULTS / "program.svg").write_text(_picture(programs, bare))
    return written


def text(programs: Mapping[int, Sequence[Run]], bare: Mapping[int, Sequence[Run]], *, stack: str, load: float) -> str:
    line, line_of_bare = Line.through(programs), Line.through(bare)
    rows = "\n".join(_row(jobs, programs[jobs], bare[jobs]) for jobs in programs)
    reached = _median(programs[OBJECTIVE_JOBS], "seconds")
    slowest = max(run.seconds for run in programs[OBJECTIVE_JOBS])
    kept = "kept" if slowest < OBJECTIVE_SECONDS else "kept by the median" if reached < OBJECTIVE_SECONDS else "missed"
    return f"""\
# Declaring the stack, by the number of jobs

The stack `{stack}`, {datetime.now(UTC):%Y-%m-%d}. {machine()} Load average before the first run: {load:.1f}.

**{OBJECTIVE_JOBS} jobs: {reached:.1f} s** (objective: {OBJECTIVE_SECONDS} s, {kept}; the slowest of \
{len(programs[OBJECTIVE_JOBS])} runs took {slowest:.1f} s).

| jobs | resources | with components | all declared after | process | its CPU | bare Pulumi | its share | memory |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|
{rows}

Medians of {len(programs[OBJECTIVE_JOBS])} runs; *process* is the time from its start to its end.

![Seconds by the number of jobs](program.svg)

A straight line through the medians: **{line.start:.1f} s + {line.per_job * 1000:.0f} ms a job** (R² = \
{line.r_squared:.4f}). Bare Pulumi: {line_of_bare.start:.1f} s + {line_of_bare.per_job * 1000:.0f} ms a job. From one \
row to the next a job more costs {_steps(programs)}.
"""


def _row(jobs: int, runs: Sequence[Run], bare: Sequence[Run]) -> str:
    process, pulumi = _median(runs, "seconds"), _median(bare, "seconds")
    return (
        f"| {jobs} | {runs[0].resources:,} | {runs[0].registrations:,} | {_median(runs, 'declared'):.1f} s"
        f" | {process:.1f} s | {_median(runs, 'cpu_seconds'):.1f} s"
        f" | {pulumi:.1f} s | {pulumi / process:.0%} | {_median(runs, 'peak_mib'):.0f} MiB |"
    )


def _steps(runs: Mapping[int, Sequence[Run]]) -> str:
    points = [(jobs, _median(each, "seconds")) for jobs, each in runs.items()]
    steps = [(after - before) / (more - fewer) * 1000 for (fewer, before), (more, after) in pairwise(points)]
    return ", ".join(f"{step:.0f}" for step in steps) + " ms"


def _median(runs: Sequence[Run], field: str) -> float:
    return median(getattr(run, field) for run in runs)


def machine() -> str:
    """No name of it: what matters for the figures."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    details = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", details.read_text(), re.MULTILINE) if details.exists() else None
    processor = found[1] if found else platform.machine()
    return (
        f"{cores} cores of {processor}, {platform.system()}, Python {platform.python_version()}, "
        f"Pulumi {version('pulumi')}, pulumi-aws {version('pulumi-aws')}, "
        f"pulumi-kubernetes {version('pulumi-kubernetes')}."
    )


def _picture(programs: Mapping[int, Sequence[Run]], bare: Mapping[int, Sequence[Run]]) -> str:
    """Each run a dot, the medians' line, and the objective."""
    # Text stays text, and the same figures give the same file.
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "bench", "font.family": "sans-serif"}):
        figure = Figure(figsize=(7.6, 4.0), layout="constrained")
        axes = figure.add_subplot()
        for runs, label, colour in ((programs, "the program", "#0b6bcb"), (bare, "bare Pulumi", "#8a8f98")):
            line = Line.through(runs)
            for jobs, each in runs.items():
                axes.plot(
                    [jobs] * len(each), [run.seconds for run in each], "o", color=colour, markersize=3.5, alpha=0.6
                )
            ends = [0, max(runs)]
            axes.plot(ends, [line.start + line.per_job * jobs for jobs in ends], color=colour, linewidth=1.4)
            axes.annotate(
                f"{label}: {line.start:.1f} s + {line.per_job * 1000:.0f} ms a job",
                (ends[1], line.start + line.per_job * ends[1]),
                (-6, 6),
                textcoords="offset points",
                ha="right",
                color=colour,
            )
        axes.plot(
            [0, OBJECTIVE_JOBS, OBJECTIVE_JOBS], [OBJECTIVE_SECONDS] * 2 + [0], "--", color="#c2410c", linewidth=1
        )
        axes.annotate(
            f"objective: {OBJECTIVE_JOBS} jobs in {OBJECTIVE_SECONDS} s",
            (0, OBJECTIVE_SECONDS),
            (4, 4),
            textcoords="offset points",
            color="#c2410c",
        )
        axes.set_xlabel("jobs")
        axes.set_ylabel("seconds, from the start of the process to its end")
        axes.set_xlim(0)
        axes.set_ylim(0)
        axes.spines[["top", "right"]].set_visible(False)
        return _svg(figure)


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
