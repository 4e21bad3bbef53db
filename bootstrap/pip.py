"""Virtual environments and what pip puts into them: verified by the hashes of a lock, with progress shown."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from bootstrap import command
from bootstrap.console import SetupError, Step
from bootstrap.stamps import STATE


def create(venv: Path, step: Step, *options: str) -> None:
    """A new, empty environment in place of any that is there; `SetupError` when Python can't make one."""
    # The Python that an activated environment was made from, as that environment may be the one to replace.
    python = getattr(sys, "_base_executable", sys.executable)
    run([python, "-m", "venv", "--clear", *options, venv], "venv", step)


def install(
    pip: list[str | Path], requirements: Path, step: Step, progress: "PipProgress", *options: str, name: str = "pip"
) -> None:
    """Install exactly what `requirements` pins; `SetupError` with pip's own words when that fails."""
    # The lock is complete. Bytecode comes with the first import: of the largest packages only a part is ever imported.
    common = ("--require-hashes", "--no-deps", "--no-compile", "--progress-bar", "off")
    run([*pip, "install", *common, *options, "-r", requirements], name, step, progress)


def run(argv: list[str | Path], name: str, step: Step, progress: Callable[[str], str | None] = lambda _: None) -> None:
    """Run Python's own tools; `SetupError` with their words when they fail."""
    log = STATE / f"{name}.log"
    # What the user's shell sets for other Pythons must not reach this one.
    env = {"PYTHONPATH": "", "PYTHONHOME": "", "PIP_REQUIRE_VIRTUALENV": "", "PIP_USER": "0", "PIP_TARGET": ""}
    code = command.run(argv, step=step, log=log, progress=progress, env=env)
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
