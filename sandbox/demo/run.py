"""`lakehouse demo`: the main job on live data, every row compared, its freshness measured."""

import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
from rich.console import Console
from rich.markup import escape

from infra.errors import ConfigurationError
from infra.jobs import LakeTable, load_jobs
from infra.settings import Settings, stack_file
from sandbox.addresses import Aws
from sandbox.athena.engine import Athena
from sandbox.athena.tables import QueryError
from sandbox.demo import report
from sandbox.demo.changes import Change, ChangeStream, achieved_rate
from sandbox.demo.commits import CommitWatcher
from sandbox.demo.comparison import Comparison, compare
from sandbox.demo.expectation import Expectation, Rows
from sandbox.demo.first_queries import show_queries
from sandbox.demo.freshness import Commit, Freshness, measure, rows_over_time
from sandbox.expectations import Finding, look_at
from sandbox.loading import Loading
from sandbox.packages import java_home
from sandbox.parts import Wishes
from sandbox.program import read_settings
from sandbox.session import SandboxFailed, bring_down, bring_up
from sandbox.state import FOLDER, State, Step, read_state, running_state

JOB = "enriched-orders"
_SNAPSHOT_SECONDS = 180
_CATCH_UP_SECONDS = 60


@dataclass(frozen=True)
class _Snapshot:
    rows: int
    seconds: float
    """From the start of the job until the catalog pointed to all of them."""


@dataclass(frozen=True)
class _Measured:
    """What a run came to."""

    table: str
    snapshot: _Snapshot
    changed_from: datetime
    changes: list[Change]
    comparison: Comparison
    commits: list[Commit]
    freshness: Freshness
    finding: Finding | None


class Demo:
    """One run, in a sandbox of its own that ends with it (unless it is kept)."""

    def __init__(self, project: Path, wishes: Wishes, console: Console, *, keep: bool) -> None:
        self._project = project
        self._wishes = wishes
        self._console = console
        self._keep = keep
        self._settings: Settings = read_settings(project, wishes.stack)
        self._expectation = Expectation(project, stack_file(wishes.stack), self._settings, JOB)

    def __enter__(self) -> Self:
        if running_state(self._project) is not None:
            raise ConfigurationError(
                "a sandbox is running; the demo needs a fresh one: 'lakehouse down' ends the other"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None or not self._keep:
            bring_down(self._project)

    def run(self, *, seconds: int, rate: int) -> report.Report:
        """Measure and compare; the report is also written and shown."""
        began = datetime.now(UTC)
        with Loading(self._console) as loading:
            state = bring_up(self._project, self._wishes, loading.show, owned=not self._keep)
            set_up_seconds = round((datetime.now(UTC) - began).total_seconds(), 1)
            measured = self._measure(state, loading, seconds, rate)
        found = self._report(measured, began, set_up_seconds, loading.steps)
        drawn = report.series(measured.freshness, rows_over_time(measured.commits), measured.comparison)
        files = report.write(found, drawn, self._project / FOLDER)
        show_queries(self._console, _aws(state), measured.table, measured.changed_from)
        self._console.print(report.summary(found))
        for file in files:
            self._console.print(f"  {file.relative_to(self._project)}", highlight=False)
        for difference in measured.comparison.examples:
            self._console.print(f"  [red]{escape(str(difference))}[/red]", highlight=False)
        return found

    def _measure(self, state: State, loading: Loading, seconds: int, rate: int) -> _Measured:
        table = self._table_name()
        with Athena(_aws(state)) as athena, CommitWatcher(_aws(state), *table.split(".")) as watcher:
            with loading.step("The snapshot of both databases arrives in the lake") as progress:
                snapshot = self._await_snapshot(state, athena, watcher, table, progress.tell)
            changed_from = datetime.now(UTC)
            with loading.step(f"{rate} changes a second are applied") as progress:
                changes = self._change(state, rate, seconds, progress.tell)
            with loading.step("The lake catches up, every row is compared") as progress:
                comparison, expected = self._await_equal(state, athena, table, progress.tell)
                finding = look_at(athena, self._table(table))
        with loading.step("Each change is looked up in the lake's commits"):
            commits = watcher.commits({order_id for change in changes for order_id in change.order_ids})
            comparable = self._expectation.comparable(state.databases, expected, commits)
            freshness = measure(changes, comparable)
        return _Measured(table, snapshot, changed_from, changes, comparison, commits, freshness, finding)

    def _report(
        self, measured: _Measured, began: datetime, set_up_seconds: float, steps: Sequence[Step]
    ) -> report.Report:
        state = running_state(self._project)
        assert state is not None, "it was there a moment ago"
        freshness = measured.freshness
        return report.Report(
            job=JOB,
            table=measured.table,
            stack=self._wishes.stack,
            started_at=began,
            rows_expected=measured.comparison.rows_expected,
            rows_in_lake=measured.comparison.rows_in_lake,
            rows_different=measured.comparison.rows_different,
            changes_applied=len(measured.changes),
            changes_per_second=round(achieved_rate(measured.changes), 1),
            not_visible=freshness.not_visible,
            freshness_seconds=report.Percentiles(p50=freshness.p50, p95=freshness.p95, p99=freshness.p99),
            checkpoint_interval_seconds=self._settings.checkpoint_seconds,
            expectations=tuple(
                report.Expectation(
                    name=each.expectation, promise=each.promise, violations=each.violations, sample=each.sample
                )
                for each in (measured.finding.answers if measured.finding else ())
            ),
            declared_resources=state.declared_resources,
            real_resources=state.real_resources,
            setup_seconds=set_up_seconds,
            snapshot_rows_per_second=round(measured.snapshot.rows / measured.snapshot.seconds, 1),
            peak_memory_mib=state.peak_memory_mib,
            steps=tuple(report.Step(name=step.name, seconds=step.seconds or 0) for step in steps),
            machine=_machine(),
        )

    def _table_name(self) -> str:
        """The table that the job writes, from the stack's own outputs."""
        contract = json.loads((self._project / FOLDER / "run" / "outputs.json").read_text())["contract"]
        tables = [name for name, table in contract["tables"].items() if table["job"] == JOB]
        if not tables:
            raise ConfigurationError(f"jobs/{JOB}: the demo is about this job, and the stack has none of that name")
        return tables[0]

    def _table(self, name: str) -> LakeTable:
        """The same, with what its job promises of it."""
        jobs = load_jobs(self._project / "jobs", self._settings)
        (table,) = [each for job in jobs for each in job.tables if f"{each.database}.{each.name}" == name]
        return table

    def _expected(self, state: State, athena: Athena, table: str) -> list[dict[str, object]]:
        columns = athena.query(f"SELECT * FROM {table} LIMIT 0").columns
        return self._expectation.rows(state.databases, columns)

    def _await_snapshot(
        self, state: State, athena: Athena, watcher: CommitWatcher, table: str, tell: Callable[[str], None]
    ) -> _Snapshot:
        expected = len(self._expected(state, athena, table))
        started_at = state.jobs[JOB].started_at
        assert started_at is not None, "a job that runs has started"
        deadline = time.monotonic() + _SNAPSHOT_SECONDS
        looked_at = 0
        rows = 0
        while time.monotonic() < deadline:
            self._check_alive()
            sightings = watcher.sightings
            if len(sightings) > looked_at:
                looked_at = len(sightings)
                rows = self._count(athena, table)
                tell(f"{rows:,} of {expected:,} rows")
                if rows >= expected:
                    return _Snapshot(rows, sightings[looked_at - 1].seen_at - started_at)
            time.sleep(0.05)
        raise SandboxFailed(
            f"{table} has {rows:,} of {expected:,} rows {_SNAPSHOT_SECONDS} s after the job ran; see 'lakehouse logs'"
        )

    def _count(self, athena: Athena, table: str) -> int:
        try:
            return int(str(athena.query(f"SELECT count(*) FROM {table}").rows[0][0]))
        except QueryError:
            # Until the job has made the table there is none to count.
            return 0

    def _change(self, state: State, rate: int, seconds: int, tell: Callable[[str], None]) -> list[Change]:
        stream = ChangeStream(*self._expectation.sources(state.databases), seed=self._wishes.seed, rate=rate)

        def on_change(change: Change) -> None:
            if change.sequence % rate == 0:
                tell(f"{change.sequence:,} of {rate * seconds:,} inserts, updates and deletes")
                self._check_alive()

        return stream.run(seconds, on_change=on_change)

    def _await_equal(
        self, state: State, athena: Athena, table: str, tell: Callable[[str], None]
    ) -> tuple[Comparison, Rows]:
        """The comparison when nothing differs any more, or the last one when that takes too long; and what was
        expected."""
        expected = self._expected(state, athena, table)
        deadline = time.monotonic() + _CATCH_UP_SECONDS
        while True:
            self._check_alive()
            comparison = compare(expected, athena.rows(table))
            tell(f"{comparison.rows_different:,} of {comparison.rows_expected:,} rows differ")
            if comparison.equal or time.monotonic() > deadline:
                return comparison, expected
            time.sleep(0.5)

    def _check_alive(self) -> None:
        if running_state(self._project) is None:
            ended = read_state(self._project)
            raise SandboxFailed((ended and ended.error) or "the sandbox ended")


def _aws(state: State) -> Aws:
    assert state.aws is not None, "a sandbox that runs has it"
    return state.aws


def _machine() -> report.Machine:
    version = subprocess.run([java_home() / "bin" / "java", "-version"], capture_output=True, text=True, check=True)
    return report.Machine(
        cores=os.cpu_count() or 1,
        memory_gib=round(psutil.virtual_memory().total / 1024**3, 1),
        python=platform.python_version(),
        java=version.stderr.splitlines()[0],
    )
