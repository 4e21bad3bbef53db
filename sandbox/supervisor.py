"""The process that owns the sandbox: it starts every part, watches all of them, and leaves none behind.

Run as `python -m sandbox.supervisor`; the CLI does that, and reads what this writes to `.sandbox/state.json`.
"""

import argparse
import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TextIO

import psutil

from infra.errors import ConfigurationError
from sandbox.aws.local import AwsFailed
from sandbox.flink.cluster import JobEnded
from sandbox.memory import MemoryWatch
from sandbox.packages import NotSetUp
from sandbox.parts import DiskFull, Parts, Wishes
from sandbox.processes import ProcessFailed
from sandbox.state import FOLDER, Phase, State, Step, write_state

EXPECTED = (ConfigurationError, ProcessFailed, JobEnded, AwsFailed, NotSetUp, DiskFull, OSError)
"""Failures whose message says all there is to say."""


class Stopped(Exception):
    """Somebody asked the sandbox to end."""


class Supervisor:
    """Runs `Parts`, and tells the world by the state file."""

    def __init__(self, project: Path, wishes: Wishes, *, also: int | None) -> None:
        """`also`: a process outside whose memory counts too (the demo's)."""
        self._project = project
        self._memory = MemoryWatch(also)
        self._stop = threading.Event()
        self._parts = Parts(project, project / FOLDER / "run", wishes, self._go_on)
        self._steps: list[Step] = []
        self._phase: Phase = "starting"
        self._error: str | None = None
        self._stack = wishes.stack
        self._started_at = psutil.Process().create_time()

    def run(self) -> int:
        """Start, watch until the end, stop; gives the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            with self._memory:
                self._live()
        except Stopped:
            pass
        except EXPECTED as failure:
            self._error = str(failure)
        except BaseException as failure:
            self._error = f"the sandbox failed in a way that it did not expect, see its log: {failure!r}"
            raise
        finally:
            self._parts.stop()
            with suppress(OSError):
                self._tell("failed" if self._error else "stopped")
        return 1 if self._error else 0

    def _live(self) -> None:
        self._tell("starting")
        self._parts.start(self._step, self._tell)
        self._tell("running")
        while True:
            self._parts.watch()
            self._tell()
            # Whoever waits for a change wants to know how long it took.
            self._go_on(0.1 if self._parts.changes.busy else 0.5)

    def _go_on(self, seconds: float = 0) -> None:
        """Wait so long; raise `Stopped` as soon as somebody asks for the end.

        The signal's handler only leaves a mark: an exception out of it could come between any two lines, and get lost.
        """
        if self._stop.wait(seconds):
            raise Stopped

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._stop.set()

    @contextmanager
    def _step(self, name: str) -> Generator[None]:
        began = time.monotonic()
        self._steps.append(Step(name=name))
        self._tell()
        yield
        self._steps[-1] = Step(name=name, seconds=round(time.monotonic() - began, 1))
        self._tell()

    def _tell(self, phase: Phase | None = None) -> None:
        self._phase = phase or self._phase
        parts = self._parts
        resources = parts.program.resources if parts.program else ()
        state = State(
            stack=self._stack,
            pid=os.getpid(),
            pid_started_at=self._started_at,
            phase=self._phase,
            error=self._error,
            steps=tuple(self._steps),
            aws=parts.aws,
            databases=parts.databases,
            kafka=parts.kafka,
            zookeeper=parts.jobs.zookeeper.quorum if parts.jobs.zookeeper else None,
            jobs=parts.jobs.states,
            answers=tuple(parts.changes.answers),
            savepoints=tuple(parts.changes.savepoints),
            declared_resources=len(resources),
            real_resources=sum(resource.real for resource in resources),
            declared_only=tuple(f"{each.kind} {each.name}" for each in resources if not each.real),
            memory_mib=round(self._memory.mib),
            peak_memory_mib=round(self._memory.peak_mib),
            logs=parts.logs,
        )
        write_state(self._project, state)


def only_one(project: Path) -> TextIO | None:
    """A lock that is held as long as this process lives; None when another sandbox of this project holds it."""
    lock = (project / FOLDER / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.supervisor")
    parser.add_argument("--project", type=Path, required=True)
    parser.add_argument("--wishes", required=True, help="JSON of sandbox.parts.Wishes")
    parser.add_argument("--also", type=int, help="count this process's memory too")
    given = parser.parse_args()
    lock = only_one(given.project)
    if lock is None:
        print("another sandbox of this project runs", file=sys.stderr)
        return 1
    return Supervisor(given.project, Wishes.from_json(given.wishes), also=given.also).run()


if __name__ == "__main__":
    sys.exit(main())
