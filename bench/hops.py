"""One hop or two, side by side: orders joined straight into the lake, and by way of the operations database:
`python -m bench.hops`.

Prints and writes `bench/results/hops.md`, with a picture. Each run has a sandbox of its own, with real databases, Flink
and Iceberg; both ways read the same sample and the same changes.
"""

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

from bench import hops_report
from bench.hops_report import Run
from bench.projects import copied
from infra.errors import ConfigurationError
from sandbox.athena.engine import Athena
from sandbox.athena.tables import QueryError
from sandbox.demo.changes import ChangeStream
from sandbox.demo.commits import CommitWatcher
from sandbox.demo.comparison import compare
from sandbox.demo.freshness import measure
from sandbox.parts import Wishes
from sandbox.ports import assign
from sandbox.program import read_settings
from sandbox.sample.sources import Sources
from sandbox.session import bring_down, bring_up
from sandbox.sources import sample_sources
from sandbox.state import State

WAYS = {
    "one hop": (("enriched-orders",), "iceberg_orders.enriched_orders_lake"),
    "two hops": (("operations-orders", "operations-orders-lake"), "iceberg_orders.operations_orders_lake"),
}
"""Jobs, the first of which starts the way, and the table at its end."""
PARALLELISMS = (1, 2)
_CATCH_UP_SECONDS = 600
_SEED = 1


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.hops")
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=30, help="how long changes are applied")
    parser.add_argument("--rate", type=int, default=50, help="changes a second")
    given = parser.parse_args()
    runs: list[Run] = []
    with tempfile.TemporaryDirectory() as scratch:
        for parallelism in PARALLELISMS:
            for way, (jobs, table) in WAYS.items():
                project = _project(Path(scratch) / f"{parallelism}-{len(jobs)}", jobs, parallelism)
                runs.append(_run(project, way, jobs, table, parallelism, given.orders, given.seconds, given.rate))
                print(f"{way}, parallelism {parallelism}: {runs[-1]}", file=sys.stderr)
    print(hops_report.write(runs, orders=given.orders, rate=given.rate))


def _project(folder: Path, jobs: tuple[str, ...], parallelism: int) -> Path:
    """A copy with these jobs at this parallelism, a slot for each part of it in one TaskManager."""
    copied(folder, jobs)
    for job in jobs:
        manifest = folder / "jobs" / job / "job.yaml"
        resources = f"resources:\n  taskmanager:\n    cpu: 1\n    memory: 1728m\n    slots: {parallelism}\n"
        manifest.write_text(manifest.read_text() + f"parallelism: {parallelism}\n{resources}")
    return folder


def _run(
    project: Path,
    way: str,
    jobs: tuple[str, ...],
    table: str,
    parallelism: int,
    orders: int,
    seconds: int,
    rate: int,
) -> Run:
    state = bring_up(
        project,
        Wishes("sandbox", assign({}), orders, _SEED, "mariadb", jobs=jobs),
        lambda _: None,
        owned=True,
    )
    try:
        return _measured(project, state, way, jobs[0], table, parallelism, orders, seconds, rate)
    finally:
        bring_down(project)


def _measured(
    project: Path,
    state: State,
    way: str,
    first: str,
    table: str,
    parallelism: int,
    orders: int,
    seconds: int,
    rate: int,
) -> Run:
    sources = sample_sources(state.databases, read_settings(project, "sandbox").sources)
    assert state.aws is not None and sources is not None
    started = state.jobs[first].started_at or time.time()
    with Athena(state.aws) as athena, CommitWatcher(state.aws, *table.split(".")) as watcher:
        arrived = _await_rows(athena, table, orders) - started
        changes = ChangeStream(*sources, seed=_SEED, rate=rate).run(seconds)
        different = _await_equal(athena, table, sources)
        touched = {order_id for change in changes for order_id in change.order_ids}
    freshness = measure(changes, watcher.commits(touched))
    if different or freshness.not_visible:
        raise ConfigurationError(f"{way}: {different} rows differ, {freshness.not_visible} changes never showed")
    return Run(
        way=way,
        parallelism=parallelism,
        rows_per_second=orders / arrived,
        snapshot_seconds=arrived,
        p50=freshness.p50 or 0,
        p95=freshness.p95 or 0,
        changes=len(changes),
    )


def _await_rows(athena: Athena, table: str, rows: int) -> float:
    """The moment (seconds since the epoch) at which the table has so many."""
    deadline = time.monotonic() + _CATCH_UP_SECONDS
    while time.monotonic() < deadline:
        try:
            if int(str(athena.query(f"SELECT count(*) FROM {table}").rows[0][0])) >= rows:
                return time.time()
        except QueryError as error:
            # Until the job has made the table there is none to count.
            if not re.search("no such|does not exist|there is no", str(error)):
                raise
        time.sleep(0.25)
    raise ConfigurationError(f"{table}: not {rows:,} rows after {_CATCH_UP_SECONDS} s")


def _await_equal(athena: Athena, table: str, sources: tuple[object, ...]) -> int:
    """The rows that differ in the end."""
    deadline = time.monotonic() + _CATCH_UP_SECONDS
    expected = [row._asdict() for row in Sources.read(*sources).all_enriched()]  # pyright: ignore[reportArgumentType]
    while True:
        comparison = compare(expected, athena.rows(table))
        if comparison.equal or time.monotonic() > deadline:
            return comparison.rows_different
        time.sleep(1)


if __name__ == "__main__":
    main()
