"""A job that fails before its first checkpoint reads its sources again from the first row; what changed meanwhile is
neither lost nor taken twice."""

import json
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.demo.comparison import Comparison
from sandbox.flink.rest import FlinkRest
from sandbox.sample.sources import connect_mysql, connect_postgres
from tests.end_to_end.project import Project
from tests.end_to_end.test_high_availability import until

JOB = "enriched-orders"
TABLE = "iceberg_orders.enriched_orders_lake"
OPEN = [1, 2, 3]
"""Orders that a transaction in MySQL changes which is open over both snapshots."""
WAITS = "SELECT FROM pg_stat_activity WHERE usename = 'cdc' AND wait_event_type = 'Lock'"
READ = "SELECT FROM pg_replication_slots WHERE active"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Its job takes no checkpoint but those that the test asks for."""
    project = Project.copy(tmp_path / "project")
    project.edit("Pulumi.sandbox.yaml", "checkpoint_interval: 1s", "checkpoint_interval: 10h")
    project.edit("jobs/enriched-orders/job.yaml", "freshness: 30s", "freshness: 20h")
    project.edit("jobs/enriched-orders-java/job.yaml", "freshness: 30s", "freshness: 20h")
    project.edit("jobs/operations-orders/job.yaml", "freshness: 30s", "freshness: 20h")
    yield project
    project.lakehouse("down")
    assert not project.left_running()


@pytest.mark.timeout(600)
def test_a_snapshot_that_is_taken_again_fits_what_follows_it(project: Project) -> None:
    up = project.lakehouse("up", JOB, "--orders", "500")
    assert up.returncode == 0, up.stdout + up.stderr
    mysql, erpdb, postgres, shipdb = project.sources
    with (
        connect_postgres(postgres, shipdb) as shipments,
        connect_postgres(postgres, shipdb) as held,
        connect_mysql(mysql, erpdb) as orders,
        connect_mysql(mysql, erpdb) as held_orders,
    ):
        shipped = [int(row[0]) for row in shipments.execute("SELECT order_id FROM shipments ORDER BY order_id")]
        read_before, gone_before, read_twice, gone = (shipped[start : start + 20] for start in (20, 40, 60, 80))

        held_orders.begin()
        run(held_orders, "UPDATE orders SET order_status = 'OPEN' WHERE order_id IN %s", OPEN)
        shipments.execute("UPDATE shipments SET destination = 'before' WHERE order_id = ANY(%s)", [read_before])
        shipments.execute("DELETE FROM shipments WHERE order_id = ANY(%s)", [gone_before])
        run(orders, "DELETE FROM orders WHERE order_id IN %s", read_before[:3])

        # Whoever reads the table waits, once it knows where the server's log stood before: what is committed then is in
        # the rows that are read as well as in the log.
        held.execute("BEGIN")
        held.execute("LOCK TABLE shipments IN ACCESS EXCLUSIVE MODE")
        project.part("TaskManagerRunner").kill()
        until("the new snapshot waits", lambda: bool(shipments.execute(WAITS).rowcount), 120)
        held.execute("UPDATE shipments SET destination = 'twice' WHERE order_id = ANY(%s)", [read_twice])
        held.execute("DELETE FROM shipments WHERE order_id = ANY(%s)", [gone])
        held.execute("COMMIT")
        held_orders.commit()

        rest = FlinkRest(project.state.jobs[JOB].web)
        until("it runs again", rest.all_tasks_running, 120)
        until("the slot is read", lambda: bool(shipments.execute(READ).rowcount), 60)
        time.sleep(5)
        # A row that was taken twice outlives this.
        shipments.execute("DELETE FROM shipments WHERE order_id = ANY(%s)", [read_twice[:10]])
        run(orders, "DELETE FROM orders WHERE order_id IN %s", [*read_twice[5:15], *gone[:3]])

    comparison = compared(project)
    assert comparison.rows_different == 0, comparison.examples
    assert rest.get(rest_path(rest))["counts"]["restored"] == 0, "no checkpoint was there to go on from"


def run(connection: Any, statement: str, orders: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [orders])


def rest_path(rest: FlinkRest) -> str:
    return f"/jobs/{rest.get('/jobs/overview')['jobs'][0]['jid']}/checkpoints"


def compared(project: Project) -> Comparison:
    """Checkpoints until every row is as expected, or the time is over."""
    rest = FlinkRest(project.state.jobs[JOB].web)
    deadline = time.monotonic() + 60
    while True:
        request = urllib.request.Request(
            project.state.jobs[JOB].web + rest_path(rest), json.dumps({"checkpointType": "FULL"}).encode()
        )
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30):
            pass
        comparison = project.compared(TABLE, seconds=5)
        if comparison.equal or time.monotonic() > deadline:
            return comparison
