"""`pytest -m kills`: everything on the way of a web order is killed at random, again and again, while orders flow; in
the end each order is there once."""

import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox import web_orders
from sandbox.athena.engine import Athena
from sandbox.processes import die_with_parent
from sandbox.program import read_settings
from sandbox.sample.sources import connect_mysql, connect_postgres
from tests.end_to_end.project import Project
from tests.end_to_end.test_high_availability import leader, until
from weborders import customers

pytestmark = [pytest.mark.kills, pytest.mark.timeout(1800)]

EACH = 5
"""So often is each killed."""
ORDERS = 3000
RATE = 60
SEED = 11
JOINED = "iceberg_orders.enriched_orders_lake"
JOBS = ("enriched-orders", "weborders-lake")


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project.copy(tmp_path / "project")
    up = project.lakehouse("up", *JOBS, "--orders", "100", "--ha", "zookeeper")
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


class Restarted:
    """A program that is started again whenever it is killed, until it ends by itself or is stopped."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self._command, self._environment, self._log = web_orders.command(arguments), environment, log
        self._stop = threading.Event()
        self.process = self._start()
        self.done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, preexec_fn=die_with_parent()
            )

    def _watch(self) -> None:
        while not self._stop.is_set():
            if self.process.wait() == 0:
                self.done.set()
                return
            if not self._stop.is_set():
                self.process = self._start()

    def stop(self) -> None:
        self._stop.set()
        self.process.kill()
        self._thread.join()


def part(project: Project, *words: str) -> Callable[[], psutil.Process]:
    return lambda: random.choice(
        [child for child in project.children() if all(word in " ".join(child.cmdline()) for word in words)]
    )


def kill(project: Project, what: str, generator: Restarted, processor: Restarted) -> None:
    match what:
        case "generator":
            generator.process.kill()
        case "processor":
            processor.process.kill()
        case "broker":
            part(project, "kafka.Kafka", "server.properties")().kill()
        case "TaskManager":
            part(project, "TaskManagerRunner")().kill()
        case _:
            found: list[psutil.Process | None] = []

            def look() -> bool:
                found.append(leader(project))
                return found[-1] is not None

            until("a leader", look)
            now = found[-1]
            assert now is not None
            now.kill()


def test_no_order_is_lost_and_none_is_doubled(project: Project) -> None:
    rng = random.Random(SEED)
    environment = web_orders.environment(project.state, read_settings(project.folder, "sandbox").sources)
    # The orders of one seed are the same each time, so a generator that is started again sends them all again.
    sending = ["generate", "--count", str(ORDERS), "--rate", str(RATE), "--seed", str(SEED)]
    generator = Restarted(sending, environment, project.folder / "generator.log")
    processor = Restarted(["process"], environment, project.folder / "processor.log")
    try:
        plan = [what for what in ("generator", "processor", "broker", "TaskManager", "leader") for _ in range(EACH)]
        rng.shuffle(plan)
        for what in plan:
            time.sleep(rng.uniform(3, 8))
            kill(project, what, generator, processor)
            print(f"killed: {what}")
        assert generator.done.wait(600), "the generator never came to its end"
        sent = {str(customers.order(index, SEED).web_order_id) for index in range(ORDERS)}
        until("every order is processed", lambda: len(in_erpdb(project)) >= len(sent), 300)
    finally:
        generator.stop()
        processor.stop()
    entered = in_erpdb(project)
    assert set(entered) == sent
    assert Counter(shipped(project)) == Counter(entered.values())
    comparison = project.compared(JOINED, seconds=300)
    assert comparison.rows_different == 0, comparison.examples
    check_taken(project, sent)


def in_erpdb(project: Project) -> dict[str, int]:
    mysql, erpdb, _, _ = project.sources
    with connect_mysql(mysql, erpdb) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT web_order_id, order_id FROM orders WHERE web_order_id IS NOT NULL")
        return {str(key): int(order_id) for key, order_id in cursor.fetchall()}


def shipped(project: Project) -> list[int]:
    _, _, postgres, shipdb = project.sources
    with connect_postgres(postgres, shipdb) as session:
        return [int(row[0]) for row in session.execute("SELECT order_id FROM shipments WHERE order_id > 1000000000")]


def check_taken(project: Project, sent: set[str]) -> None:
    """Each record of Kafka stands once in the lake; of those with one id one is the order, the others duplicates."""
    aws = project.state.aws
    assert aws is not None

    def read() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        with Athena(aws) as athena:
            tables = (athena.rows(f"iceberg_orders.{name}") for name in ("web_orders", "web_orders_dead_letters"))
            orders, letters = tables
            return orders, letters

    def ids() -> set[object]:
        orders, letters = read()
        return {row["web_order_id"] for row in (*orders, *letters)}

    until("the lake has every order", lambda: ids() >= sent, 300)
    # What is read again after a restart shows soon, if at all.
    time.sleep(10)
    orders, letters = read()
    places = Counter((row["kafka_partition"], row["kafka_offset"]) for row in (*orders, *letters))
    assert set(places.values()) == {1}
    first = [row["web_order_id"] for row in orders] + [
        letter["web_order_id"] for letter in letters if letter["problem"] == "late"
    ]
    assert Counter(first) == Counter(sent)
    assert {letter["problem"] for letter in letters} <= {"late", "duplicate"}
