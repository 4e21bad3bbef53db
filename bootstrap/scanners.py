"""The scanners of tests/scanners, each in an environment of its own, so that none of their pins bends ours."""

import os
import sys
from pathlib import Path
from typing import Any

from bootstrap import environment, pip, stamps
from bootstrap.console import step
from bootstrap.pip import PipProgress, split_lock
from bootstrap.stamps import ROOT

LOCKS = ROOT / "tests" / "scanners"
"""Has a `<scanner>.lock` for each."""
ENVIRONMENTS = ROOT / ".cache" / "scanners"

_STAMP = ".setup.json"


def names() -> list[str]:
    return sorted(lock.stem for lock in LOCKS.glob("*.lock"))


def is_ready() -> bool:
    return all(_is_ready(name) for name in names())


def ensure() -> None:
    """Make each environment what its lock says; `SetupError` with pip's own words when that fails."""
    for name in names():
        if not _is_ready(name):
            _make(name)


def space() -> dict[Path, float]:
    return {ROOT: 0.5e9, Path.home() / ".cache": 0.1e9}


def _is_ready(name: str) -> bool:
    venv = ENVIRONMENTS / name
    return stamps.read(venv / _STAMP) == _wanted(name) and os.access(venv / "bin" / "python", os.X_OK)


def _wanted(name: str) -> dict[str, Any]:
    """What an environment depends on: its place (scripts hold it), the Python, the lock."""
    return {
        "place": str(ENVIRONMENTS / name),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "lock": stamps.digest([LOCKS / f"{name}.lock"]),
    }


def _make(name: str) -> None:
    """Anew each time: with pip's cache that takes seconds, and nothing of an earlier lock or attempt is left."""
    venv, lock = ENVIRONMENTS / name, LOCKS / f"{name}.lock"
    pins = split_lock(lock.read_text())
    with step(f"Scanner {name}", done="installed") as current:
        # Filled by the pip of `.venv`: no scanner needs one, and making an environment takes longer than filling it.
        pip.create(venv, current, "--without-pip")
        into = [*environment.PIP, "--python", venv / "bin" / "python"]
        pip.install(into, lock, current, PipProgress(len(pins)), name=f"pip-{name}")
    stamps.write(venv / _STAMP, _wanted(name))
