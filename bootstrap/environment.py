"""The Python environment: `.venv` with exactly what requirements-dev.lock pins, and this project in it."""

import importlib.util
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

from bootstrap import pip, stamps
from bootstrap.console import step
from bootstrap.machine import ensure_installed
from bootstrap.pip import PipProgress, split_lock
from bootstrap.stamps import ROOT, STATE

VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
PROJECT = ROOT / "pyproject.toml"

_STAMP = VENV / ".setup.json"
_UNFINISHED = STATE / "python-unfinished"
"""There while something is under way that has to start over when it is interrupted."""

PIP: list[str | Path] = [VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input"]
_BATCH = 10


def is_ready() -> bool:
    return stamps.read(_STAMP) == _wanted() and _runs()


def ensure() -> None:
    """Make the environment what the lock says; `SetupError` with pip's own words when that fails."""
    wanted, found = _wanted(), stamps.read(_STAMP)
    base = {key: wanted[key] for key in ("place", "python")}
    moved = bool(found) and not base.items() <= found.items()
    other_lock = "batches" in found and found.get("lock") != wanted["lock"]
    if _UNFINISHED.exists() or moved or other_lock or not _runs():
        _UNFINISHED.parent.mkdir(parents=True, exist_ok=True)
        _UNFINISHED.touch()
        _create()
        empty: list[int] = []
        found = {**base, "lock": wanted["lock"], "batches": empty}
        stamps.write(_STAMP, found)
        _UNFINISHED.unlink()
    if "batches" in found:
        _fill(found)
    elif found.get("lock") != wanted["lock"]:
        _update()
    stamps.write(_STAMP, {**base, "lock": wanted["lock"]})
    _install_project()
    stamps.write(_STAMP, wanted)


def _wanted() -> dict[str, Any]:
    """What the environment depends on: its place (scripts hold it), the Python, the lock, the project's own scripts."""
    project = tomllib.loads(PROJECT.read_text())
    parts = {key: project.get(key) for key in ("project", "build-system")}
    return {
        "place": str(VENV),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "lock": stamps.digest([LOCK]),
        "project": {**parts, "hatch": project.get("tool", {}).get("hatch")},
    }


def _runs() -> bool:
    return os.access(VENV / "bin" / "python", os.X_OK)


def _create() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        ensure_installed("Python's venv module", {"apt-get": [name]})
    with step("Python environment (.venv)") as current:
        pip.create(VENV, current)


def _fill(stamp: dict[str, Any]) -> None:
    """Install into a new environment, in batches: an interruption costs the one under way, not the downloads before it.

    That batch is then installed over what is there of it (`--ignore-installed`).
    """
    pins = split_lock(LOCK.read_text())
    progress = PipProgress(len(pins))
    with step("Python packages", done=f"{len(pins)} installed") as current:
        for start in range(0, len(pins), _BATCH):
            if start not in stamp["batches"]:
                batch = STATE / "batch.txt"
                batch.write_text("".join(pins[start : start + _BATCH]))
                pip.install(PIP, batch, current, progress, "--ignore-installed")
                stamp["batches"].append(start)
                stamps.write(_STAMP, stamp)
            progress.seen = start + _BATCH


def _update() -> None:
    """Bring an environment up to date that was made by hand, or from an earlier lock."""
    _UNFINISHED.parent.mkdir(parents=True, exist_ok=True)
    _UNFINISHED.touch()
    _STAMP.unlink(missing_ok=True)
    with step("Python packages", done="brought up to date") as current:
        pip.install(PIP, LOCK, current, PipProgress(len(split_lock(LOCK.read_text()))))
    _UNFINISHED.unlink()


def _install_project() -> None:
    options = ["--no-deps", "--no-build-isolation", "--quiet", "-e", ROOT]
    with step("This project (.venv/bin/lakehouse)", done="installed") as current:
        pip.run([*PIP, "install", *options], "pip-project", current)
