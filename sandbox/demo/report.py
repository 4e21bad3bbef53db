"""What a run of the demo measured: as data (`report.json`), as a page (`report.html`), as a table in the console."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict, Field
from rich.console import RenderableType
from rich.panel import Panel
from rich.table import Table

from sandbox.demo.charts import freshness_chart, rows_chart
from sandbox.demo.comparison import Comparison, Difference
from sandbox.demo.freshness import Freshness, Sample, percentile

OBJECTIVE_MARGIN_SECONDS = 1.5
"""How much longer than one checkpoint interval 95 of 100 changes may take: reading the log, joining, committing."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Percentiles(_Model):
    """Seconds from a change's commit on its source until it is visible in the lake; null when none was measured."""

    p50: float | None
    p95: float | None
    p99: float | None


class Machine(_Model):
    """Where it was measured: figures of two machines don't compare."""

    cores: int
    memory_gib: float
    python: str
    java: str


class Step(_Model):
    """A part of the run and how long it took."""

    name: str
    seconds: float


class Expectation(_Model):
    """What the job promises of the table's rows, and how the last snapshot keeps it."""

    name: str
    promise: str
    violations: int
    sample: str | None = Field(description="something that breaks it, or what was counted")

    @property
    def held(self) -> bool:
        return self.violations == 0


class Report(_Model):
    """Every figure of one run. Times are in seconds, memory in MiB."""

    job: str
    table: str
    stack: str
    started_at: datetime
    rows_expected: int = Field(description="rows of the join computed from the sources")
    rows_in_lake: int
    rows_different: int = Field(description="rows missing, unexpected, duplicate, or unequal in any column")
    changes_applied: int
    changes_per_second: float = Field(description="the rate that was reached, not the one asked for")
    not_visible: int = Field(description="changes that should show in the lake and did not before the end")
    freshness_seconds: Percentiles
    checkpoint_interval_seconds: float
    expectations: tuple[Expectation, ...] = Field(description="those of job.yaml")
    declared_resources: int = Field(description="resources that the program declares")
    real_resources: int = Field(description="those of them that exist in the sandbox")
    setup_seconds: float
    snapshot_rows_per_second: float
    peak_memory_mib: float = Field(description="of all processes together")
    steps: tuple[Step, ...]
    machine: Machine

    @property
    def objective_seconds(self) -> float:
        """What the 95th percentile of the freshness has to stay within."""
        return self.checkpoint_interval_seconds + OBJECTIVE_MARGIN_SECONDS

    @property
    def fresh(self) -> bool:
        """Every change showed, and 95 of 100 in time."""
        p95 = self.freshness_seconds.p95
        return self.not_visible == 0 and (p95 is None or p95 <= self.objective_seconds)

    @property
    def correct(self) -> bool:
        return self.rows_different == 0

    @property
    def held(self) -> int:
        """How many of the expectations."""
        return sum(each.held for each in self.expectations)

    @property
    def as_promised(self) -> bool:
        return self.held == len(self.expectations)


@dataclass(frozen=True)
class Series:
    """What the pictures and the lists of the page are drawn from; times are seconds since the epoch."""

    samples: Sequence[Sample] = ()
    rows_over_time: Sequence[tuple[float, int]] = ()
    differences: Sequence[Difference] = ()


@dataclass(frozen=True)
class KindFigures:
    """The freshness of one kind of change."""

    kind: str
    changes: int
    p50: float | None
    p95: float | None


def series(freshness: Freshness, rows_over_time: Sequence[tuple[float, int]], comparison: Comparison) -> Series:
    return Series(freshness.samples, rows_over_time, comparison.examples)


def write(report: Report, drawn: Series, directory: Path) -> tuple[Path, Path]:
    """Write report.json and report.html into the directory, made if missing, and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    data, page = directory / "report.json", directory / "report.html"
    data.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    page.write_text(html(report, drawn), encoding="utf-8")
    return data, page


def html(report: Report, drawn: Series) -> str:
    """One page that needs nothing else: no script, no font, no picture from elsewhere."""
    environment = Environment(
        loader=PackageLoader("sandbox.demo", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = seconds_text
    environment.filters["value"] = _value_text
    return environment.get_template("report.html.j2").render(
        report=report,
        kinds=by_kind(drawn.samples),
        differences=drawn.differences,
        freshness_picture=_freshness_picture(report, drawn.samples),
        rows_picture=_rows_picture(drawn.rows_over_time),
    )


def by_kind(samples: Iterable[Sample]) -> list[KindFigures]:
    """The figures of each kind of change, by name."""
    ordered = sorted(samples, key=lambda sample: sample.kind)
    figures: list[KindFigures] = []
    for kind, group in groupby(ordered, key=lambda sample: sample.kind):
        seconds = [sample.seconds for sample in group]
        figures.append(KindFigures(kind, len(seconds), percentile(seconds, 50), percentile(seconds, 95)))
    return figures


def summary(report: Report) -> RenderableType:
    """The figures for the console; green or red where there is something to meet."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column(justify="right")
    table.add_column(style="dim")
    for label, value, note in _figures(report):
        table.add_row(label, value, note)
    differ = "1 row differs" if report.rows_different == 1 else f"{report.rows_different:,} rows differ"
    verdict = "every row is as expected" if report.correct else differ
    colour = "green" if report.correct else "red"
    return Panel(table, title=f"[bold {colour}]{report.job}: {verdict}", border_style=colour, expand=False)


def _figures(report: Report) -> Iterable[tuple[str, str, str]]:
    freshness = report.freshness_seconds
    right, fresh, kept = (
        f"[bold {'green' if good else 'red'}]" for good in (report.correct, report.fresh, report.as_promised)
    )
    yield "rows in the lake", f"{report.rows_in_lake:,}", f"{report.rows_expected:,} expected"
    yield "rows that differ", f"{right}{report.rows_different:,}[/]", "every row and column compared"
    yield "changes applied", f"{report.changes_applied:,}", f"{report.changes_per_second:.1f} a second"
    yield "changes never visible", f"{report.not_visible:,}", ""
    yield "freshness p50", seconds_text(freshness.p50), "source commit until visible"
    yield "freshness p95", f"{fresh}{seconds_text(freshness.p95)}[/]", f"objective {report.objective_seconds:g} s"
    yield "freshness p99", seconds_text(freshness.p99), ""
    if report.expectations:
        broken = [f"{each.name}: {each.violations:,}" for each in report.expectations if not each.held]
        of_all = f"{report.held} of {len(report.expectations)}"
        yield "expectations held", f"{kept}{of_all}[/]", ", ".join(broken) or "of job.yaml"
    yield "snapshot", f"{report.snapshot_rows_per_second:,.0f}", "rows a second"
    yield "set-up", seconds_text(report.setup_seconds), ""
    yield "peak memory", f"{report.peak_memory_mib:,.0f} MiB", "all processes together"
    yield "resources", f"{report.real_resources} of {report.declared_resources}", "made real of those declared"


def seconds_text(seconds: float | None) -> str:
    """Two decimals for short times, one for long ones, a hyphen for none."""
    if seconds is None:
        return "-"
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"


def _value_text(value: object) -> str:
    return "NULL" if value is None else str(value)


def _freshness_picture(report: Report, samples: Sequence[Sample]) -> str | None:
    if not samples:
        return None
    p95, objective = report.freshness_seconds.p95, report.objective_seconds
    title = f"Freshness of {len(samples):,} changes over time: p95 {seconds_text(p95)}, objective {objective:g} s"
    return freshness_chart(
        [(sample.committed_at, sample.seconds) for sample in samples],
        p95=p95,
        objective=objective,
        start=min(sample.committed_at for sample in samples),
        title=title,
    )


def _rows_picture(points: Sequence[tuple[float, int]]) -> str | None:
    if not points:
        return None
    title = f"Rows in the lake over time: {points[-1][1]:,} after the last of {len(points)} commits"
    return rows_chart(points, start=points[0][0], title=title)
