"""Other programs: run with their output in a log, shown as progress, and never left running."""

import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bootstrap.console import Step
from sandbox.processes import die_with_parent


def run(
    argv: Sequence[str | Path],
    *,
    step: Step,
    log: Path,
    progress: Callable[[str], str | None],
    env: Mapping[str, str] | None = None,
) -> int:
    """Run it to the end and return its exit code; `progress` makes a line of its output into what to show, or None.

    When we are interrupted, or killed, it ends too, with everything that it started.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [str(part) for part in argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=None if env is None else {**os.environ, **env},
        start_new_session=True,
        preexec_fn=die_with_parent(),
    )
    assert process.stdout is not None
    try:
        with log.open("wb") as output, selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            pending = b""
            while True:
                if not selector.select(timeout=0.2):
                    step.update()
                    continue
                data = os.read(process.stdout.fileno(), 65536)
                if not data:
                    return process.wait()
                output.write(data)
                output.flush()
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    step.update(progress(line.decode(errors="replace").strip()))
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
