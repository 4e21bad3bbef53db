"""How long a query takes after hours of upserts, with maintenance and without: `python -m bench.maintenance`.

Prints and writes `bench/results/maintenance.md`, with a picture. Two sandboxes, one after the other, with real
databases, Flink and Iceberg; in one `lakehouse maintain` runs as often as Glue would compact. What a query pays for is
the number of commits, so hours are counted in those: a stack commits every 10 s, and here they come twice a second.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from bench import maintenance_report
from bench.maintenance_report import Look
from bench.projects import copied
from sandbox.addresses import Login
from sandbox.athena.engine import Athena
from sandbox.demo.changes import ChangeStream
from sandbox.maintenance import maintain
from sandbox.parts import Wishes
from sandbox.ports import assign
from sandbox.program import read_settings
from sandbox.session import bring_down, bring_up
from sandbox.sources import sample_sources
from sandbox.state import State

JOB, DATABASE, TABLE = "enriched-orders", "iceberg_orders", "enriched_orders_lake"
_COMMITS_A_LOOK = 100
"""Glue compacts when there are about as many files (Glue guide: "Compaction optimization")."""
_QUERY = f"SELECT count(*), sum(order_total) FROM {DATABASE}.{TABLE}"
_TIMES = 3


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.maintenance")
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--commits", type=int, default=720, help="720 are two hours at 10 s")
    parser.add_argument("--rate", type=int, default=50, help="changes a second")
    given = parser.parse_args()
    looks: list[Look] = []
    with tempfile.TemporaryDirectory() as scratch:
        for maintained in (False, True):
            project = copied(Path(scratch) / f"maintained-{maintained}", (JOB,))
            stack = project / "Pulumi.sandbox.yaml"
            stack.write_text(stack.read_text().replace("checkpoint_interval: 1s", "checkpoint_interval: 500ms"))
            # As long as 20 metadata files stay at 10 s: a compaction reads the one that it began with to its end.
            script = project / "jobs" / JOB / "job.sql"
            script.write_text(
                script.read_text().replace("previous-versions-max' = '20'", "previous-versions-max' = '400'")
            )
            for look in _looks(
                project, maintained=maintained, orders=given.orders, commits=given.commits, rate=given.rate
            ):
                print(look, file=sys.stderr)
                looks.append(look)
    print(maintenance_report.write(looks, orders=given.orders, rate=given.rate))


def _looks(project: Path, *, maintained: bool, orders: int, commits: int, rate: int) -> Iterator[Look]:
    wishes = Wishes("sandbox", assign({}), orders, 1, "mariadb", jobs=(JOB,))
    state = bring_up(project, wishes, lambda _: None, owned=True)
    settings = read_settings(project, "sandbox")
    sources = sample_sources(state.databases, settings.sources)
    assert state.aws is not None and sources is not None
    try:
        with Athena(state.aws) as athena:
            _await(athena, "count(*)", f"{DATABASE}.{TABLE}", orders)
            for made in range(_COMMITS_A_LOOK, commits + 1, _COMMITS_A_LOOK):
                with _changes(sources, seed=made, rate=rate):
                    _await(
                        athena, "count(*)", f'"{DATABASE}"."{TABLE}$snapshots" WHERE operation = \'overwrite\'', made
                    )
                # Nobody writes now: a compaction takes as long as a few commits of a stack, and as many as all of these
                # twenty times faster ones.
                if maintained:
                    _maintain(project, state)
                yield Look(maintained, made, _seconds(athena))
    finally:
        bring_down(project)


@contextmanager
def _changes(sources: tuple[Login, str, Login, str], *, seed: int, rate: int) -> Generator[None]:
    stop = threading.Event()
    with ThreadPoolExecutor() as pool:
        changes = pool.submit(ChangeStream(*sources, seed=seed, rate=rate).run, stop=stop)
        try:
            yield
        finally:
            stop.set()
        changes.result()


def _maintain(project: Path, state: State) -> None:
    # A day, so that no snapshot goes: they are counted.
    folder = project / "maintenance"
    maintain(state.jobs[JOB], f"{DATABASE}.{TABLE}", folder, keep=timedelta(days=1), time_travel_days=1)


def _seconds(athena: Athena) -> float:
    taken: list[float] = []
    for _ in range(_TIMES):
        began = time.monotonic()
        athena.query(_QUERY)
        taken.append(time.monotonic() - began)
    return statistics.median(taken)


def _await(athena: Athena, what: str, of: str, number: int) -> None:
    while True:
        if int(str(athena.query(f"SELECT {what} FROM {of}").rows[0][0])) >= number:
            return
        time.sleep(1)


if __name__ == "__main__":
    main()
