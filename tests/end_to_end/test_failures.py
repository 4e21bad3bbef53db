"""When a part dies, or somebody interrupts: what is said, and that nothing is left running."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sandbox.state import State, read_state
from tests.end_to_end.project import Project, interrupt


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project.copy(tmp_path / "project")
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def wait_for(ready: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def gone(pids: set[int]) -> Callable[[], bool]:
    return lambda: not any(psutil.pid_exists(pid) for pid in pids)


def up(project: Project, *arguments: str) -> set[int]:
    """Start a small sandbox; gives the pids of its supervisor and of all that it started."""
    run = project.lakehouse("up", "--orders", "50", *arguments)
    assert run.returncode == 0, run.stdout + run.stderr
    return {project.state.pid, *(child.pid for child in project.children())}


def ended(project: Project) -> Callable[[], bool]:
    return lambda: not project.state.supervised


def test_a_database_that_dies_ends_the_sandbox_and_is_named(project: Project) -> None:
    pids = up(project)
    project.part("mariadbd").kill()
    wait_for(ended(project))
    assert project.state.phase == "failed"
    said = project.lakehouse("status")
    assert said.returncode == 1
    assert "The last sandbox failed: MariaDB died (exit code -9)" in said.stderr.replace("\n", " ")
    wait_for(gone(pids), 5)


def test_a_supervisor_that_is_killed_takes_everything_with_it(project: Project) -> None:
    pids = up(project)
    os.kill(project.state.pid, signal.SIGKILL)
    wait_for(gone(pids), 15)
    # And the next one starts as if nothing had been.
    up(project)
    assert project.lakehouse("down").returncode == 0


def starting(project: Project, step: str) -> Callable[[], bool]:
    """Whether this step has begun."""

    def begun() -> bool:
        state: State | None = read_state(project.folder)
        return state is not None and any(each.name.startswith(step) for each in state.steps)

    return begun


@pytest.mark.parametrize("step", ["AWS is played", "Jobs run"])
def test_ctrl_c_while_it_starts_stops_what_was_started(project: Project, step: str) -> None:
    command = project.start("up", "--orders", "50")
    wait_for(starting(project, step))
    said = interrupt(command)
    assert command.returncode == 130
    assert said.strip().endswith("Stopped; nothing of it is left running."), said
    assert "Traceback" not in said
    wait_for(lambda: not project.left_running(), 5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_demo_that_is_interrupted_leaves_nothing(project: Project, number: signal.Signals) -> None:
    command = project.start("demo", "--orders", "50")
    wait_for(starting(project, "Jobs are prepared"))
    os.killpg(command.pid, number)
    said = command.communicate(timeout=120)[0]
    assert command.returncode == (130 if number is signal.SIGINT else -9)
    assert "Traceback" not in said
    wait_for(lambda: not project.left_running(), 20)


def test_a_disk_that_fills_up_ends_the_sandbox_before_anything_breaks(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900m", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    project = Project.copy(disk / "project")
    try:
        pids = up(project)
        with (disk / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, os.statvfs(disk).f_bavail * os.statvfs(disk).f_bsize - (100 << 20))
        wait_for(ended(project))
        assert project.state.phase == "failed"
        assert f"the disk of {disk}/project/.sandbox/run is full" in (project.state.error or "")
        wait_for(gone(pids), 5)
    finally:
        project.lakehouse("down")
        subprocess.run(["umount", "--lazy", disk], check=True)
