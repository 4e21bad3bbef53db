"""The Python environment: `.venv` with exactly what requirements-dev.lock pins, and this project in it."""

import importlib.util
import os
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bootstrap import command, stamps
from bootstrap.console import SetupError, Step, step
from bootstrap.machine import ensure_installed
from bootstrap.stamps import ROOT, STATE

VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.lock"
PROJECT = ROOT / "pyproject.toml"

_STAMP = VENV / ".setup.json"
_UNFINISHED = STATE / "python-unfinished"
"""There while something is under way that has to start over when it is interrupted."""

_PIP = (VENV / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--no-input")
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
    # The Python that an activated environment was made from, as that environment may be the one to replace.
    python = getattr(sys, "_base_executable", sys.executable)
    with step("Python environment (.venv)") as current:
        _checked([python, "-m", "venv", "--clear", VENV], "venv", current)


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
                _install(batch, current, progress, "--ignore-installed")
                stamp["batches"].append(start)
                stamps.write(_STAMP, stamp)
            progress.seen = start + _BATCH


def _update() -> None:
    """Bring an environment up to date that was made by hand, or from an earlier lock."""
    _UNFINISHED.parent.mkdir(parents=True, exist_ok=True)
    _UNFINISHED.touch()
    _STAMP.unlink(missing_ok=True)
    with step("Python packages", done="brought up to date") as current:
        _install(LOCK, current, PipProgress(len(split_lock(LOCK.read_text()))))
    _UNFINISHED.unlink()


def _install(requirements: Path, current: Step, progress: "PipProgress", *options: str) -> None:
    # The lock is complete. Bytecode comes with the first import: of the largest packages only a part is ever imported.
    common = ("--require-hashes", "--no-deps", "--no-compile", "--progress-bar", "off")
    _checked([*_PIP, "install", *common, *options, "-r", requirements], "pip", current, progress)


def _install_project() -> None:
    options = ["--no-deps", "--no-build-isolation", "--quiet", "-e", ROOT]
    with step("This project (.venv/bin/lakehouse)", done="installed") as current:
        _checked([*_PIP, "install", *options], "pip-project", current)


def _checked(
    argv: list[str | Path], name: str, current: Step, progress: Callable[[str], str | None] = lambda _: None
) -> None:
    log = STATE / f"{name}.log"
    # What the user's shell sets for other Pythons must not reach this one.
    env = {"PYTHONPATH": "", "PYTHONHOME": "", "PIP_REQUIRE_VIRTUALENV": "", "PIP_USER": "0", "PIP_TARGET": ""}
    code = command.run(argv, step=current, log=log, progress=progress, env=env)
    if code:
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"ERROR: |[\w.]+Error: ", line)] or lines
        shown = " ".join(str(part) for part in argv)
        raise SetupError("\n".join([f"`{shown}` ended with exit code {code}:", *errors[-2:], f"See {log}."]))


def split_lock(lock: str) -> list[str]:
    """Its pins, each with its hashes, as they stand."""
    return re.findall(r"^[^\s#][^\n]*\n(?:[ \t][^\n]*\n)*", lock, re.MULTILINE)


class PipProgress:
    """Pip's output as "how many of how many, and what now"."""

    def __init__(self, total: int) -> None:
        self.seen = 0
        self._total = total

    def __call__(self, line: str) -> str | None:
        if re.match(r"Collecting |Requirement already satisfied|Ignoring ", line):
            self.seen += 1
            return self._count()
        if match := re.match(r"Downloading (?:\S*/)?([^-\s]+-[^-\s]+)\S* ?(\(.*\))?", line):
            return f"{self._count()}, downloading {match[1]} {match[2] or ''}".rstrip()
        if match := re.match(r"Building wheel for (\S+)", line):
            return f"{self._count()}, building {match[1]}"
        if line.startswith("Installing collected packages"):
            return f"{self._count()}, unpacking"
        return None

    def _count(self) -> str:
        return f"{min(self.seen, self._total)} of {self._total}"
