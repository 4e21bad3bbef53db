"""Compaction, an end to old snapshots and removal of orphans, beside a job that writes the table all the while."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.demo.changes import ChangeStream
from tests.end_to_end.project import Project

TABLE = "iceberg_orders.enriched_orders_lake"
SHAPE = re.compile(r"(\d+) → (\d+)")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("maintenance") / "project")
    up = project.lakehouse("up", "--orders", "300")
    assert up.returncode == 0, up.stdout + up.stderr
    assert project.compared(TABLE).equal
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def snapshots(project: Project) -> list[object]:
    database, _, table = TABLE.partition(".")
    of = f'"{database}"."{table}$snapshots"'
    return [row["snapshot_id"] for row in project.query(f"SELECT snapshot_id FROM {of} ORDER BY committed_at")]


def test_a_table_is_maintained_among_changes_and_no_row_is_lost(project: Project) -> None:
    stream, stop = ChangeStream(*project.sources, seed=11, rate=50), threading.Event()
    with ThreadPoolExecutor() as pool:
        changes = pool.submit(stream.run, stop=stop)
        try:
            stop.wait(6)
            first = snapshots(project)[0]
            for _ in range(3):
                done = project.lakehouse("maintain", "--keep-minutes", "0")
                assert done.returncode == 0, done.stderr
        finally:
            stop.set()
    assert {change.kind.split()[0] for change in changes.result()} >= {"insert", "update", "delete"}
    comparison = project.compared(TABLE)
    assert comparison.rows_different == 0, comparison.examples
    assert first not in snapshots(project)


def test_what_is_no_table_of_a_running_job_is_named_with_the_nearest(project: Project) -> None:
    said = project.refusal("maintain", "iceberg_orders.enriched_order_lake")
    assert said.startswith("iceberg_orders.enriched_order_lake: no running job writes such a table; did you mean")


def test_a_failure_names_the_task_and_its_log(project: Project) -> None:
    before = project.query(f"SELECT count(*) AS n FROM {TABLE}")
    file = project.state.jobs["enriched-orders"].home / "conf" / "config.yaml"
    text = file.read_text()
    file.write_text(text.replace("table.catalog-store.file.path", "table.catalog-store.file.pat"))
    try:
        said = project.refusal("maintain")
    finally:
        file.write_text(text)
    assert said.startswith(f"{TABLE}: Flink's configuration has no table.catalog-store.file.path")
    assert "its log:" in said
    assert project.query(f"SELECT count(*) AS n FROM {TABLE}") == before
