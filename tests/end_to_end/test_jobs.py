"""The job folders that the stack leaves out, run together and compared row by row: the Java job, and both hops."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.plan_lock import read_lock
from sandbox.demo.changes import ChangeStream
from tests.end_to_end.checkpoints import expected, held
from tests.end_to_end.project import Project

JOBS = ("enriched-orders-java", "operations-orders", "operations-orders-lake")
TABLES = ("iceberg_orders.enriched_orders_java", "iceberg_orders.operations_orders_lake")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("jobs") / "project")
    up = project.lakehouse("up", *JOBS, "--orders", "300")
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def test_what_was_asked_for_runs_and_nothing_else(project: Project) -> None:
    assert set(project.state.jobs) == set(JOBS)


def test_the_snapshot_and_every_change_arrive_by_each_way(project: Project) -> None:
    for table in TABLES:
        comparison = project.compared(table)
        assert (comparison.rows_expected, comparison.rows_different) == (300, 0), comparison.examples
    changes = ChangeStream(*project.sources, seed=11, rate=100).run(count=400)
    assert {change.kind.split()[0] for change in changes} >= {"insert", "update", "delete"}
    for table in TABLES:
        comparison = project.compared(table)
        assert comparison.rows_different == 0, comparison.examples


@pytest.mark.parametrize("job", JOBS)
def test_a_checkpoint_holds_what_the_plan_lock_says(project: Project, tmp_path: Path, job: str) -> None:
    """Every operator by its id, and every state by its name, kind, type and key."""
    lock = read_lock(project.folder / "jobs" / job)
    assert lock
    assert held(project, job, tmp_path) == expected(lock)
