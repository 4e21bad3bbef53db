"""`lakehouse check`, while bad data comes from the source and by a job's own mistake."""

import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from sandbox.sample.sources import connect_mysql
from tests.end_to_end.project import Project

TABLE = "iceberg_orders.enriched_orders_lake"
_NO_QUANTITY = 7_777_777
"""Which the changed job makes a NULL of."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("expectations") / "project")
    project.edit("jobs/enriched-orders/job.sql", "  o.order_qty,", f"  NULLIF(o.order_qty, {_NO_QUANTITY}),")
    project.edit("jobs/enriched-orders/job.yaml", "unique: true", "unique: [order_date]")
    started = project.lakehouse("up", "enriched-orders", "--orders", "300")
    assert started.returncode == 0, started.stdout + started.stderr
    yield project
    project.lakehouse("down")


def change(project: Project, *statements: str) -> None:
    mysql, erpdb, *_ = project.sources
    with connect_mysql(mysql, erpdb) as connection:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.commit()


def checked(project: Project, *, until: int) -> subprocess.CompletedProcess[str]:
    """The check's exit code follows a change once it is committed."""
    deadline = time.monotonic() + 60
    while (run := project.lakehouse("check")).returncode != until and time.monotonic() < deadline:
        time.sleep(1)
    assert run.returncode == until, run.stdout + run.stderr
    return run


def bad_rows(project: Project, snapshot: str) -> object:
    ((bad,),) = [
        row.values()
        for row in project.query(
            "SELECT count_if(order_status = 'LOST') + count_if(order_qty IS NULL) + count(*) - "
            "count(DISTINCT order_date) "
            f"FROM {TABLE} FOR VERSION AS OF {snapshot}"
        )
    ]
    return bad


def test_what_is_broken_is_named_with_its_owner_and_the_last_good_snapshot(project: Project) -> None:
    checked(project, until=0)
    change(
        project,
        "UPDATE orders SET order_status = 'LOST' WHERE order_id IN (5, 6)",
        f"UPDATE orders SET order_qty = {_NO_QUANTITY} WHERE order_id = 7",
        "UPDATE orders AS o, (SELECT order_date FROM orders WHERE order_id = 9) AS n SET o.order_date = n.order_date "
        "WHERE o.order_id = 8",
    )
    said = checked(project, until=1).stderr
    assert said.startswith(f"broken: {TABLE} (orders-team): not_null(order_qty): 1, unique(order_date): 1, ")
    assert "accepted_values(order_status): 2, in the snapshot " in said
    found = re.search(r"in the snapshot (\d+) of .*; the last good snapshot: (\d+) of", said)
    assert found is not None
    bad, good = found.groups()
    assert (bad_rows(project, bad), bad_rows(project, good)) == (4, 0)
    history = project.query(
        'SELECT snapshot_id FROM iceberg_orders."enriched_orders_lake$history" ORDER BY made_current_at'
    )
    ids = [str(row["snapshot_id"]) for row in history]
    assert bad_rows(project, ids[ids.index(good) + 1]) != 0

    change(
        project,
        "UPDATE orders SET order_status = 'PAID' WHERE order_id IN (5, 6)",
        "UPDATE orders SET order_qty = 1 WHERE order_id = 7",
        "UPDATE orders SET order_date = '2024-01-01 00:00:00' WHERE order_id = 8",
    )
    checked(project, until=0)


def test_an_expectation_of_a_column_that_there_is_not_is_refused(project: Project) -> None:
    project.edit("jobs/enriched-orders/job.yaml", "not_null: [order_date,", "not_null: [order_dat,")
    said = project.refusal("check")
    project.edit("jobs/enriched-orders/job.yaml", "not_null: [order_dat,", "not_null: [order_date,")
    assert said == (
        "jobs/enriched-orders/job.yaml:15: writes[0].expectations.not_null[0]: orders.enriched_orders_lake has no "
        "column 'order_dat'; did you mean 'order_date'?"
    )


def test_a_table_that_nobody_writes_is_refused_with_the_nearest(project: Project) -> None:
    assert project.refusal("check", "orders.enriched_order_lake") == (
        "orders.enriched_order_lake: no job that runs writes this table; did you mean 'orders.enriched_orders_lake'?"
    )
