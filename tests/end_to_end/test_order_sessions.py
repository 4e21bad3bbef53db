"""The Python job: every session as an independent computation gives it, through inserts, updates and deletes."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from sandbox.athena.engine import Athena
from sandbox.demo.changes import ChangeStream
from sandbox.demo.comparison import compare
from sandbox.sample.sources import connect_mysql
from tests.end_to_end.project import Project
from tests.end_to_end.test_web_orders import eventually

TABLE = "iceberg_orders.customer_sessions"
GAP = timedelta(hours=24)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("sessions") / "project")
    up = project.lakehouse("up", "order-sessions", "--orders", "300")
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def expected(project: Project) -> list[dict[str, object]]:
    """By the definition: an order begins a session where none of the customer's came in the 24 hours before it."""
    mysql, erpdb, _, _ = project.sources
    with connect_mysql(mysql, erpdb) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_name, order_date, order_total FROM orders"
            " WHERE customer_name IS NOT NULL AND order_status <> 'CANCELLED'"
        )
        orders: dict[str, list[tuple[datetime, Decimal]]] = defaultdict(list)
        for name, placed, total in cursor.fetchall():
            orders[str(name)].append((placed, total))
    found: list[dict[str, object]] = []
    for name, placed in orders.items():
        days = sorted({day for day, _ in placed})
        starts = [day for index, day in enumerate(days) if index == 0 or day - days[index - 1] > GAP]
        for start, end in zip(starts, [*starts[1:], datetime.max], strict=True):
            inside = [(day, total) for day, total in placed if start <= day < end]
            found.append(
                {
                    "session": (name, start),
                    "session_end": max(day for day, _ in inside),
                    "order_count": len(inside),
                    "order_value": sum((total for _, total in inside), Decimal(0)),
                }
            )
    return found


def differing(project: Project) -> int:
    assert project.state.aws is not None
    with Athena(project.state.aws) as athena:
        rows = athena.rows(TABLE)
    found = [
        {"session": (row.pop("customer_name"), row.pop("session_start")), **row} for row in (dict(row) for row in rows)
    ]
    comparison = compare(expected(project), found, key="session")
    return comparison.rows_different or (0 if comparison.rows_expected else -1)


def test_every_session_is_as_it_should_be_after_every_kind_of_change(project: Project) -> None:
    eventually(lambda: differing(project) == 0, "the snapshot's sessions are in the lake")
    changes = ChangeStream(*project.sources, seed=5, rate=100).run(count=400)
    assert {change.kind.split()[0] for change in changes} >= {"insert", "update", "delete"}
    eventually(lambda: differing(project) == 0, "the changes' sessions are in the lake")


def test_no_password_is_in_a_log(project: Project) -> None:
    passwords = [password.encode() for password in project.published_passwords()]
    for log in project.state.logs.values():
        assert not [password for password in passwords if password in log.read_bytes()], log


def test_a_package_that_is_missing_is_named_before_anything_starts(tmp_path_factory: pytest.TempPathFactory) -> None:
    project = Project.copy(tmp_path_factory.mktemp("missing") / "project")
    project.edit("jobs/order-sessions/job.py", "\nfrom ", "\nimport pandsa\nfrom ", count=1)
    said = project.refusal("up", "order-sessions", "--orders", "50")
    assert "job.py" in said and "pandsa" in said, said
