"""More and fewer TaskManagers for a job that runs, and what becomes of the rows meanwhile."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sandbox.demo.changes import ChangeStream
from sandbox.flink.rest import FlinkRest
from tests.end_to_end.project import Project

JOB = "enriched-orders"
TABLE = "iceberg_orders.enriched_orders_lake"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("scaling") / "project")
    up = project.lakehouse("up", "--orders", "300")
    assert up.returncode == 0, up.stdout + up.stderr
    # With a checkpoint to go on from; without one: test_first_snapshot.py.
    assert project.compared(TABLE).equal
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def task_managers(project: Project) -> int:
    return sum("TaskManagerRunner" in " ".join(child.cmdline()) for child in project.children())


def scale(project: Project, number: int) -> dict[str, int]:
    """Gives the parallelism of each vertex afterwards."""
    scaled = project.lakehouse("scale", str(number))
    assert scaled.returncode == 0, scaled.stderr
    print(scaled.stdout.strip())
    assert task_managers(project) == project.state.jobs[JOB].task_managers == number
    vertices = FlinkRest(project.state.jobs[JOB].web).vertices()
    return {vertex["name"].split(" ")[-1].split("[")[0]: vertex["parallelism"] for vertex in vertices}


def test_to_three_and_back_among_changes_costs_no_row(project: Project) -> None:
    stream, stop = ChangeStream(*project.sources, seed=5, rate=50), threading.Event()
    with ThreadPoolExecutor() as pool:
        changes = pool.submit(stream.run, stop=stop)
        try:
            of_three = scale(project, 3)
            assert {of_three[name] for name in ("orders", "IcebergStreamWriter", "SinkMaterializer")} == {3}
            assert of_three["shipments"] == 1, "a replication slot has one reader"
            assert "running, 3 TaskManagers" in project.lakehouse("status").stdout
            stop.wait(3)
            assert set(scale(project, 1).values()) == {1}
        finally:
            stop.set()
    assert {change.kind.split()[0] for change in changes.result()} >= {"insert", "update", "delete"}
    comparison = project.compared(TABLE)
    assert comparison.rows_different == 0, comparison.examples
    assert project.state.jobs[JOB].task_manager_restarts == 0


def test_what_cannot_be_is_refused_and_the_job_goes_on(project: Project) -> None:
    said = project.refusal("scale", "2", "--job", "enriched-order")
    assert "no such job runs; did you mean 'enriched-orders'?" in said
    assert "its state is divided into 128 parts" in project.refusal("scale", "129")
    assert "127 further TaskManagers of 1728 MiB each need more memory than is free" in project.refusal("scale", "128")
    assert project.lakehouse("scale", "0").returncode == 2
    assert FlinkRest(project.state.jobs[JOB].web).all_tasks_running()
    assert task_managers(project) == project.state.jobs[JOB].task_managers == 1


def test_a_second_scale_is_refused_while_one_goes_on(project: Project) -> None:
    # Held, so that it can't be done before the second is asked for.
    supervisor = psutil.Process(project.state.pid)
    supervisor.suspend()
    try:
        first = project.start("scale", "2")
        while not (project.folder / ".sandbox" / "run" / "request.json").exists():
            time.sleep(0.05)
        assert "enriched-orders is being scaled; ask again once that is done" in project.refusal("scale", "3")
    finally:
        supervisor.resume()
    said, _ = first.communicate(timeout=200)
    assert (first.returncode, task_managers(project)) == (0, 2), said
    scale(project, 1)


def test_without_a_sandbox_there_is_nothing_to_scale(tmp_path: Path) -> None:
    assert "no sandbox is running" in Project.copy(tmp_path / "project").refusal("scale", "2")
