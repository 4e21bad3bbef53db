"""Child processes that never outlive the sandbox: how one is started, watched, stopped and asked what it said last."""

import contextlib
import ctypes
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def die_with_parent(signal_number: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` that makes the kernel signal the child when the thread that started it ends (prctl(2), Linux).

    Start such a child from a thread that lives as long as it should: in practice the main one.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def set_parent_death_signal() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
        if os.getppid() != parent:  # it ended between fork and prctl: too late for a signal
            os.kill(os.getpid(), signal.SIGKILL)

    return set_parent_death_signal


class Process:
    """One long-running child in a session of its own, its output in one log file.

    `user` is the account to run as (for servers that refuse root); None keeps ours. `polite` is the signal that asks it
    to end.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        polite: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.log = log
        self._argv = [str(part) for part in argv]
        self._env = dict(env) if env is not None else None
        self._cwd = cwd
        self._user = user
        self._polite = polite
        self._popen: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    @property
    def alive(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The code it ended with (negative: the signal that ended it), None while it runs or was never started."""
        return self._popen.poll() if self._popen else None

    def start(self) -> None:
        """Start it; the log is appended to, so that a restart keeps what the first run said.

        Raises `ProcessFailed` when there is no such program, or it may not be run.
        """
        self._popen = self._open(subprocess.DEVNULL)

    def run(self, *, seconds: float, stdin: bytes = b"") -> None:
        """Start it, hand it `stdin`, wait for its end; `ProcessFailed` unless that comes in time with exit code 0."""
        self._popen = self._open(subprocess.PIPE)
        try:
            self._popen.communicate(stdin, timeout=seconds)
        except subprocess.TimeoutExpired:
            self.stop()
            raise ProcessFailed(self, f"was not done after {seconds:.0f} s") from None
        except BaseException:
            self.stop(grace_seconds=1)
            raise
        if self._popen.returncode != 0:
            raise ProcessFailed(self, f"ended with exit code {self._popen.returncode}")

    def _open(self, stdin: int) -> subprocess.Popen[bytes]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.log.open("ab") as output:
                return subprocess.Popen(
                    self._argv,
                    stdin=stdin,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=self._env,
                    cwd=self._cwd,
                    user=self._user,
                    group=None if self._user is None else _group_of(self._user),
                    extra_groups=None if self._user is None else [],
                    start_new_session=True,
                    preexec_fn=die_with_parent(),
                )
        except OSError as error:
            raise ProcessFailed(self, f"could not be started: {error}") from error

    def stop(self, *, grace_seconds: float = 10) -> None:
        """Ask it to end, and after `grace_seconds` make it: nothing of its process group is left."""
        if self._popen is None:
            return
        if self._popen.poll() is None:
            self._popen.send_signal(self._polite)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(grace_seconds)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()


def last_lines(log: Path, count: int) -> list[str]:
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64 * 1024))
        text = file.read().decode(errors="replace")
    return [line.rstrip() for line in text.splitlines() if line.strip()][-count:]


def _last_words(log: Path) -> list[str]:
    """Its last lines without Java's stack frames, between which the causes would be lost."""
    lines = last_lines(log, 400)
    return [line for line in lines if not re.match(r"\s+(at |\.\.\. \d+ more)", line)][-8:]


def wait_until(
    ready: Callable[[], bool],
    *,
    process: Process,
    seconds: float,
    interval: float = 0.1,
) -> None:
    """Wait until `ready()`; raise `ProcessFailed` when the process ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.alive:
            raise ProcessFailed(process, f"ended with exit code {process.exit_code} before it was ready")
        if time.monotonic() > deadline:
            raise ProcessFailed(process, f"was not ready after {seconds:.0f} s")
        time.sleep(interval)


class ProcessFailed(Exception):
    """A part of the sandbox that died or never came up; `str()` says which, why, and its last words."""

    def __init__(self, process: Process, what: str) -> None:
        lines = _last_words(process.log)
        heading = f"; the last lines of {process.log}:" if lines else ""
        super().__init__("\n    ".join([f"{process.name} {what}{heading}", *lines]))
        self.process = process


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid
