"""The environments of Python jobs (`jobs/<name>/job.py`): what each one's requirements.lock pins, and so all that it
imports.

Flink's jars are none of it: a lock leaves out apache-flink-libraries, which `.venv` has, and images/flink.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from bootstrap import environment, pip, stamps
from bootstrap.console import SetupError, step
from bootstrap.pip import PipProgress, split_lock
from bootstrap.stamps import ROOT, STATE

JOBS = ROOT / "jobs"
ENVIRONMENTS = ROOT / ".cache" / "python-jobs"
CHECK = ROOT / "images" / "job-python" / "check_imports.py"

PYTHON = "3.11"
"""The last version that apache-flink 1.20 has wheels for, and the one in images/job-python."""

_STAMP = ".setup.json"
_CHECKED = ".checked.json"
_BUILD_OTHERS = ("setuptools==", "isort==", "pycodestyle==")
"""The last two only avro-python3 asks for; setuptools would fetch them itself, without a hash."""
_MOST_SHOWN = 3
REMEDY = "Mend the import, or name its package in requirements.in and lock it (README.md there has the command)."


def folders() -> list[Path]:
    return sorted(entry.parent for entry in JOBS.glob("*/job.py"))


def venv(folder: Path) -> Path:
    return ENVIRONMENTS / folder.name


def is_ready() -> bool:
    """Whether nothing is left to do: without a Python that can run them, there is nothing to be done for these jobs."""
    return all(is_made(folder) for folder in folders()) or interpreter() is None


def is_made(folder: Path) -> bool:
    """Whether the job's environment is there, made of its lock as it is now, and has all that its files import."""
    return is_filled(folder) and stamps.read(venv(folder) / _CHECKED) == _to_check(folder)


def is_filled(folder: Path) -> bool:
    """Whether the job's environment is there, made of its lock as it is now."""
    target = venv(folder)
    return stamps.read(target / _STAMP) == _wanted(folder) and os.access(target / "bin" / "python", os.X_OK)


def missing_imports(folder: Path) -> list[str]:
    """What the job's files import and its environment lacks, a line each, as errors show it."""
    if stamps.read(venv(folder) / _CHECKED) == _to_check(folder):
        return []
    argv = [venv(folder) / "bin" / "python", "-W", "ignore", CHECK, folder]
    run = subprocess.run(argv, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True, check=False)
    said = [line for line in run.stderr.splitlines() if line.strip()]
    return [f"jobs/{folder.name}/{line}" for line in said[-_MOST_SHOWN:]] if run.returncode else []


def ensure() -> None:
    """Make those that are not; `SetupError` with pip's words when that fails, or with the import that does."""
    python = interpreter()
    if python is None:
        return
    for folder in folders():
        if not is_filled(folder):
            _make(folder, python)
        if not is_made(folder):
            _check(folder)


def space() -> dict[Path, float]:
    return {ROOT: 0.5e9 * len(folders()), Path.home() / ".cache": 0.2e9}


def interpreter() -> str | None:
    """A Python of the version that these jobs run on: ours, or one on the PATH; None without one."""
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON:
        # The Python that an activated environment was made from, as that environment may be the one to replace.
        return str(getattr(sys, "_base_executable", sys.executable))
    found = shutil.which(f"python{PYTHON}")
    # Version managers leave names that fail.
    if found and subprocess.run([found, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
        return found
    return None


def without_interpreter() -> str:
    """What to tell who wants to run one of these jobs where there is none."""
    return (
        f"a Python job runs on Python {PYTHON}: apache-flink 1.20 has no wheels for a later one, and there is no "
        f"python{PYTHON} on the PATH.\nInstall one and run `make setup` again, or leave the job out (`leave_out` in "
        "the stack file)"
    )


def _make(folder: Path, python: str) -> None:
    """Anew each time, so that nothing of an earlier lock or attempt is left."""
    target, lock = venv(folder), folder / "requirements.lock"
    pins = split_lock(lock.read_text())
    with step(f"The Python environment of jobs/{folder.name}", done=f"{len(pins)} packages installed") as current:
        name = f"job-{folder.name}"
        pip.run([python, "-m", "venv", "--clear", "--without-pip", target], name, current)
        into: list[str | Path] = [*environment.PIP, "--python", target / "bin" / "python"]
        # A few have no wheels. They are built by what the lock has for that: what pip would fetch has no hash.
        first = STATE / f"{name}-first.txt"
        first.write_text("".join(pin for pin in pins if pin.startswith(_BUILD_OTHERS)))
        pip.install(into, first, current, PipProgress(1), name=name)
        pip.install(into, lock, current, PipProgress(len(pins)), "--no-build-isolation", name=name)
    stamps.write(target / _STAMP, _wanted(folder))


def _check(folder: Path) -> None:
    with step(f"What jobs/{folder.name} imports", done="is there"):
        missing = missing_imports(folder)
        if missing:
            raise SetupError("\n".join([*missing, REMEDY]))
    stamps.write(venv(folder) / _CHECKED, _to_check(folder))


def _wanted(folder: Path) -> dict[str, Any]:
    """What an environment depends on: its place (scripts hold it), the Python, the lock."""
    lock = stamps.digest([folder / "requirements.lock"], base=folder)
    return {"place": str(venv(folder)), "python": PYTHON, "lock": lock}


def _to_check(folder: Path) -> dict[str, str]:
    """What decides whether an environment has all that a job imports, beside its lock."""
    files, check = stamps.digest(folder.glob("*.py"), base=folder), stamps.digest([CHECK], base=CHECK.parent)
    return {"files": files, "check": check}
