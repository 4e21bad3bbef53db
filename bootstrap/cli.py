"""`python3 -m bootstrap [what]`: does what is left to do of it, and says nothing when that is nothing."""

import argparse
import fcntl
import signal
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bootstrap import browser, environment, flink, java, java_jobs, machine, packages, python_jobs, scanners
from bootstrap.console import SetupError, say
from bootstrap.java import Tools
from bootstrap.stamps import STATE


@dataclass(frozen=True)
class Part:
    """One thing that set-up sees to. `ensure` gets the Java tools when it `needs_java`, else None."""

    is_ready: Callable[[], bool]
    ensure: Callable[[Tools | None], None]
    space: Callable[[], Mapping[Path, float]]
    needs_java: bool = True


def _with_tools(ensure: Callable[[Tools], None]) -> Callable[[Tools | None], None]:
    def checked(tools: Tools | None) -> None:
        assert tools is not None
        ensure(tools)

    return checked


PYTHON = Part(environment.is_ready, lambda _: environment.ensure(), machine.space_for_python, needs_java=False)
FLINK = Part(flink.is_ready, _with_tools(flink.ensure), flink.space)
JAVA_JOBS = Part(java_jobs.is_ready, _with_tools(java_jobs.ensure), java_jobs.space)
PYTHON_JOBS = Part(python_jobs.is_ready, lambda _: python_jobs.ensure(), python_jobs.space, needs_java=False)
PACKAGES = Part(
    lambda: packages.is_ready(packages.DEFAULT),
    _with_tools(lambda tools: packages.ensure(tools, packages.DEFAULT)),
    lambda: packages.space(packages.DEFAULT),
)
MYSQL8 = Part(
    lambda: packages.is_ready(packages.MYSQL8),
    _with_tools(lambda tools: packages.ensure(tools, packages.MYSQL8, profile="mysql8")),
    lambda: packages.space(packages.MYSQL8),
)
METASTORE = Part(
    lambda: packages.is_ready(packages.METASTORE),
    _with_tools(lambda tools: packages.ensure(tools, packages.METASTORE, profile="metastore")),
    lambda: packages.space(packages.METASTORE),
)
SCANNERS = Part(scanners.is_ready, lambda _: scanners.ensure(), scanners.space, needs_java=False)
BROWSER = Part(browser.is_ready, lambda _: browser.ensure(), browser.space, needs_java=False)

WHAT: dict[str, Sequence[Part]] = {
    "all": (PYTHON, PYTHON_JOBS, FLINK, JAVA_JOBS, PACKAGES),
    "python": (PYTHON,),
    "mysql8": (PYTHON, PYTHON_JOBS, FLINK, JAVA_JOBS, PACKAGES, MYSQL8),
    "scanners": (PYTHON, SCANNERS),
    "metastore": (PYTHON, METASTORE),
    "browser": (PYTHON, BROWSER),
    "java-tests": (FLINK, JAVA_JOBS),
}


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0, 1 with an error of a few lines, 130 when interrupted."""
    parser = argparse.ArgumentParser(
        prog="python3 -m bootstrap", description="Sets this checkout up; `make` does it for you."
    )
    parser.add_argument(
        "what",
        nargs="?",
        default="all",
        choices=WHAT,
        help="all (the default): what the sandbox needs; python: .venv alone; mysql8: also the real MySQL (0.6 GB); "
        "scanners: what tests/scanners run, each in an environment of its own; metastore: the Hive Metastore of "
        "its test; browser: a Chromium for the tests of pages; java-tests: run those",
    )
    what: str = parser.parse_args(arguments).what
    signal.signal(signal.SIGTERM, _terminated)
    try:
        set_up(WHAT[what])
        if what == "java-tests":
            tools = java.ensure_tools()
            flink.test(tools)
            java_jobs.test(tools)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"Set-up failed: {error}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted: the next run goes on from here.")
        return 130
    return 0


def set_up(parts: Sequence[Part]) -> None:
    """Do what is left to do of `parts`; `SetupError` when that can't be done."""
    if _is_ready(parts):
        return
    with _alone():
        missing = [part for part in parts if not part.is_ready()]
        _check_machine(parts, missing)
        needs_java = any(part.needs_java for part in parts)
        tools = java.ensure_tools() if needs_java else None
        for part in missing:
            part.ensure(tools)
        if tools is not None:
            java.record(tools.jdk)


def _is_ready(parts: Sequence[Part]) -> bool:
    has_java = java.recorded_home() is not None or not any(part.needs_java for part in parts)
    return has_java and all(part.is_ready() for part in parts)


def _check_machine(parts: Sequence[Part], missing: Sequence[Part]) -> None:
    if any(part.needs_java for part in parts):
        machine.check_platform()
    needed: dict[Path, float] = {}
    for part in missing:
        for directory, size in part.space().items():
            needed[directory] = needed.get(directory, 0) + size
    machine.check_space(needed)


@contextmanager
def _alone() -> Generator[None]:
    """Wait for another set-up of this checkout to end. The kernel gives the lock back however its holder ends."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another set-up of this checkout to end …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _terminated(*_: object) -> NoReturn:
    raise KeyboardInterrupt
