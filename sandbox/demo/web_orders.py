"""`lakehouse demo --flow weborders`: orders by Kafka into both databases and on into the lake, compared end to end."""

import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from infra.errors import ConfigurationError
from infra.settings import Settings, stack_file
from sandbox import web_orders
from sandbox.athena.engine import Athena
from sandbox.demo.commits import CommitWatcher
from sandbox.demo.comparison import Comparison, compare
from sandbox.demo.expectation import Expectation
from sandbox.demo.hops import FlowReport, hops, in_lake, rate_of
from sandbox.demo.order_trail import Trail, TrailWatcher
from sandbox.demo.report import seconds_text
from sandbox.loading import Loading
from sandbox.parts import Wishes
from sandbox.processes import Process, ProcessFailed
from sandbox.program import Here, read_settings
from sandbox.sample.sources import Sources
from sandbox.session import SandboxFailed, bring_down, bring_up
from sandbox.state import FOLDER, State, read_state, running_state
from weborders.avro import Decoder
from weborders.patience import Patience
from weborders.registry import SchemaRegistry
from weborders.settings import RegistrySettings

JOBS = ("enriched-orders", "weborders-lake")
"""The way through the databases, and the one that takes the records as they are."""

_SAID = ("order_id", "order_date", "customer_name", "order_total", "order_qty", "product_id", "destination")
"""The columns of the joined table that an order decides itself."""

_REPORT = "weborders-report.json"
_CATCH_UP_SECONDS = 90


class WebOrdersDemo:
    """One run, in a sandbox of its own that ends with it (unless it is kept)."""

    def __init__(self, project: Path, wishes: Wishes, console: Console, *, keep: bool) -> None:
        """`wishes`: with `JOBS`."""
        self._project, self._wishes, self._console, self._keep = project, wishes, console, keep
        self._settings: Settings = read_settings(project, wishes.stack, Here(jobs=wishes.jobs))
        self._expectation = Expectation(project, stack_file(wishes.stack), self._settings, JOBS[0])

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

    def run(self, *, seconds: int, rate: int) -> FlowReport:
        """Measure and compare; the report is also written and shown."""
        began = datetime.now(UTC)
        with Loading(self._console) as loading:
            state = bring_up(self._project, self._wishes, loading.show, owned=not self._keep)
            set_up = round((datetime.now(UTC) - began).total_seconds(), 1)
            report, differences = self._measure(state, loading, seconds, rate, set_up)
        file = self._project / FOLDER / _REPORT
        file.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        self._console.print(_summary(report))
        self._console.print(f"  {file.relative_to(self._project)}", highlight=False)
        for difference in differences:
            self._console.print(f"  [red]{escape(difference)}[/red]", highlight=False)
        return report

    def _measure(
        self, state: State, loading: Loading, seconds: int, rate: int, set_up: float
    ) -> tuple[FlowReport, list[str]]:
        assert state.aws is not None and state.kafka is not None, "a sandbox with these jobs has both"
        joined, taken, dead = self._tables()
        sources = self._expectation.sources(state.databases)
        registry = RegistrySettings.model_validate({"SCHEMA_REGISTRY_URL": state.kafka.registry})
        decoder = Decoder(SchemaRegistry(registry, Patience(30)))
        with (
            Athena(state.aws) as athena,
            CommitWatcher(state.aws, *joined.split(".")) as commits,
        ):
            with loading.step("The snapshot of both databases arrives in the lake"):
                self._await(lambda: self._compare_joined(athena, joined, state))
            with TrailWatcher(state.kafka, web_orders.TOPIC, decoder, *sources) as watcher:
                with loading.step(f"{rate} web orders a second are placed and processed"):
                    self._place(state, seconds * rate, rate)
                with loading.step("The lake catches up, every row is compared") as progress:
                    comparisons = [
                        self._await(lambda: self._compare_placed(athena, joined, watcher.trail, state), progress.tell),
                        self._await(lambda: self._compare_joined(athena, joined, state), progress.tell),
                        self._await(lambda: _compare_taken(athena, taken, watcher.trail), progress.tell),
                    ]
                    letters = len(athena.rows(dead))
        with loading.step("Each order is looked up in the lake's commits"):
            trail = watcher.trail
            lake = in_lake(commits.commits(set(trail.order_ids.values())))
        running = running_state(self._project)
        report = FlowReport(
            stack=self._wishes.stack,
            orders_sent=seconds * rate,
            orders_per_second=rate_of(trail),
            rows_expected=comparisons[1].rows_expected + comparisons[2].rows_expected,
            rows_in_lake=comparisons[1].rows_in_lake + comparisons[2].rows_in_lake,
            rows_different=sum(each.rows_different for each in comparisons) + letters,
            dead_letters=letters,
            hops=hops(trail, lake),
            setup_seconds=set_up,
            peak_memory_mib=running.peak_memory_mib if running else 0,
        )
        return report, [str(example) for each in comparisons for example in each.examples]

    def _place(self, state: State, count: int, rate: int) -> None:
        """Run both programs until every order is processed."""
        environment = web_orders.environment(state, self._settings.sources)
        logs = self._project / FOLDER / "run" / "logs"
        arguments = web_orders.command(["process"])
        processor = Process("Processor", arguments, log=logs / "processor.log", env=environment)
        processor.start()
        try:
            # Without a seed: with one the orders are placed on a day long ago.
            sending = ["generate", "--count", str(count), "--rate", str(rate)]
            done = subprocess.run(
                web_orders.command(sending), env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise SandboxFailed(f"the generator failed: {done.stderr.strip() or done.stdout.strip()}")
            self._await_processed(state, count, processor)
        finally:
            processor.stop()

    def _await_processed(self, state: State, count: int, processor: Process) -> None:
        mysql, erpdb, postgres, shipdb = self._expectation.sources(state.databases)
        deadline = time.monotonic() + _CATCH_UP_SECONDS
        before = self._wishes.orders
        while (found := len(Sources.read(mysql, erpdb, postgres, shipdb).orders)) < before + count:
            if not processor.alive:
                raise ProcessFailed(processor, f"ended with exit code {processor.exit_code}")
            if time.monotonic() > deadline:
                # What is missing shows in the comparison.
                return
            self._check_alive()
            time.sleep(0.2 + (before + count - found) / 10_000)

    def _await(self, look: Callable[[], Comparison], tell: Callable[[str], None] | None = None) -> Comparison:
        """The comparison when nothing differs any more, or the last one when that takes too long."""
        deadline = time.monotonic() + _CATCH_UP_SECONDS
        while True:
            self._check_alive()
            comparison = look()
            if tell:
                tell(f"{comparison.rows_different:,} of {comparison.rows_expected:,} rows differ")
            if comparison.equal or time.monotonic() > deadline:
                return comparison
            time.sleep(0.5)

    def _compare_joined(self, athena: Athena, table: str, state: State) -> Comparison:
        """The lake against the databases."""
        columns = athena.query(f"SELECT * FROM {table} LIMIT 0").columns
        return compare(self._expectation.rows(state.databases, columns), athena.rows(table))

    def _compare_placed(self, athena: Athena, table: str, trail: Trail, state: State) -> Comparison:
        """The lake against what Kafka has: what an order says itself, from end to end."""
        products = Sources.read(*self._expectation.sources(state.databases)).products
        prices = {product.id: product.price for product in products.values()}
        expected = {
            (order_id := trail.order_ids.get(str(order.web_order_id), -1 - index)): {
                "order_id": order_id,
                "order_date": order.order_date_stored,
                "customer_name": order.customer_name,
                "order_total": prices[order.product_id] * order.quantity if order.product_id in prices else 0,
                "order_qty": order.quantity,
                "product_id": order.product_id,
                "destination": order.destination,
            }
            for index, order in enumerate(trail.records)
        }
        placed = set(trail.order_ids.values())
        rows = [row for row in athena.rows(table) if row["order_id"] in placed]
        return compare(expected.values(), [{column: row[column] for column in _SAID} for row in rows])

    def _tables(self) -> tuple[str, str, str]:
        database = self._settings.databases["orders"].name
        return (
            f"{database}.enriched_orders_lake",
            f"{database}.web_orders",
            f"{database}.web_orders_dead_letters",
        )

    def _check_alive(self) -> None:
        if running_state(self._project) is None:
            ended = read_state(self._project)
            raise SandboxFailed((ended and ended.error) or "the sandbox ended")


def _compare_taken(athena: Athena, table: str, trail: Trail) -> Comparison:
    """The table of the records as they are against Kafka."""
    expected = [
        {
            "web_order_id": str(order.web_order_id),
            "order_date": order.order_date,
            "customer_name": order.customer_name,
            "destination": order.destination,
            "product_id": order.product_id,
            "quantity": order.quantity,
        }
        for order in trail.records
    ]
    columns = expected[0].keys() if expected else ()
    rows = [{column: row[column] for column in columns} for row in athena.rows(table)]
    return compare(expected, rows, key="web_order_id")


def _summary(report: FlowReport) -> Panel:
    table = Table.grid(padding=(0, 2))
    for align in ("left", "right", "right", "right"):
        table.add_column(justify=align)
    colour = "green" if report.correct else "red"
    table.add_row("[dim]web orders[/]", f"{report.orders_sent:,}", "", f"[dim]{report.orders_per_second:g} a second[/]")
    table.add_row(
        "[dim]rows in the lake[/]", f"{report.rows_in_lake:,}", "", f"[dim]{report.rows_expected:,} expected[/]"
    )
    table.add_row("[dim]rows that differ[/]", f"[bold {colour}]{report.rows_different:,}[/]", "", "[dim]end to end[/]")
    table.add_row("[dim]dead letters[/]", f"{report.dead_letters:,}")
    table.add_row("", "[dim]p50[/]", "[dim]p95[/]", "[dim]p99[/]")
    for hop in report.hops:
        table.add_row(f"[dim]{hop.name}[/]", *(seconds_text(value) for value in (hop.p50, hop.p95, hop.p99)))
    table.add_row("[dim]set-up[/]", seconds_text(report.setup_seconds))
    table.add_row("[dim]peak memory[/]", f"{report.peak_memory_mib:,.0f} MiB")
    verdict = "every order is in the lake, once" if report.correct else f"{report.rows_different:,} rows differ"
    return Panel(table, title=f"[bold {colour}]weborders: {verdict}", border_style=colour, expand=False)
