"""Brings a sandbox up and down from another process: what `lakehouse up`, `down` and `demo` share."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from infra.errors import ConfigurationError
from sandbox.parts import Wishes
from sandbox.processes import die_with_parent
from sandbox.state import FOLDER, State, read_state, running_state

_STOP_SECONDS = 180
_PROJECT_FILE = "Pulumi.yaml"


class SandboxFailed(Exception):
    """The sandbox ended; `str()` says which part, and why."""


class NotRunning(Exception):
    """There is no sandbox to ask."""

    def __init__(self) -> None:
        super().__init__("no sandbox is running; start one with 'lakehouse up'")


def find_project() -> Path:
    """The folder with Pulumi.yaml, here or above, as Pulumi looks for it; `ConfigurationError` where there is none."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / _PROJECT_FILE).exists():
            return folder
    raise ConfigurationError(f"{_PROJECT_FILE}: not in {here} nor above it; run this inside the checkout")


def bring_up(project: Path, wishes: Wishes, show: Callable[[State], None], *, owned: bool) -> State:
    """Start a sandbox, or find the one that runs, and wait until all its jobs run.

    `show` gets each new state. `owned`: the sandbox ends with this process, however that ends. Raises
    `SandboxFailed`; when it is interrupted (Ctrl-C) while it waits, it stops what it started first.
    """
    before = running_state(project)
    if before is not None:
        if before.stack != wishes.stack:
            raise ConfigurationError(
                f"a sandbox of the stack '{before.stack}' is running; 'lakehouse down' ends it, to start another"
            )
        return wait_until_running(project, before.pid, show)
    supervisor = _spawn(project, wishes, owned)
    try:
        return wait_until_running(project, supervisor.pid, show)
    except BaseException:
        supervisor.terminate()
        supervisor.wait()
        raise


def bring_down(project: Path) -> bool:
    """End the sandbox and wait until nothing of it is left; False where none was running."""
    state = running_state(project)
    if state is None:
        return False
    os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while state.supervised:
        if time.monotonic() > deadline:
            # The kernel ends its children with it (see processes.die_with_parent).
            os.kill(state.pid, signal.SIGKILL)
            break
        time.sleep(0.1)
    return True


def wait_until_running(project: Path, pid: int, show: Callable[[State], None]) -> State:
    """Follow the supervisor `pid` until its sandbox runs; raises `SandboxFailed` when it ends instead."""
    shown: State | None = None
    while True:
        # Asked before the state is read: a supervisor that ends in between has written its last word by then.
        alive = _alive(pid)
        state = read_state(project)
        if state is not None and state.pid == pid:
            if state != shown:
                show(state)
                shown = state
            if state.phase == "running":
                return state
            if state.phase in ("failed", "stopped") and not alive:
                raise SandboxFailed(state.error or "the sandbox was stopped")
        if not alive:
            other = running_state(project)
            if other is not None:
                # Two were started at once; the other was first.
                return wait_until_running(project, other.pid, show)
            raise SandboxFailed(f"the sandbox ended without a word; its log: {supervisor_log(project)}")
        time.sleep(0.1)


def supervisor_log(project: Path) -> Path:
    return project / FOLDER / "supervisor.log"


def _spawn(project: Path, wishes: Wishes, owned: bool) -> subprocess.Popen[bytes]:
    (project / FOLDER).mkdir(exist_ok=True)
    command = [sys.executable, "-m", "sandbox.supervisor", "--project", str(project), "--wishes", wishes.to_json()]
    with supervisor_log(project).open("wb") as log:
        return subprocess.Popen(
            [*command, "--also", str(os.getpid())] if owned else command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Ctrl-C in the terminal is for the command in front; that one tells the supervisor.
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGTERM) if owned else None,
        )


def _alive(pid: int) -> bool:
    try:
        done, _ = os.waitpid(pid, os.WNOHANG)
        return done == 0
    except ChildProcessError:
        # Not our child: another command started it.
        return Path(f"/proc/{pid}").exists()
