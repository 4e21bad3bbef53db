"""Maven: run with its downloads shown, and what it fetched checked."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from bootstrap import command
from bootstrap.console import SetupError, Step, megabytes
from bootstrap.java import Tools
from bootstrap.stamps import STATE

_UNITS = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9}


class MavenProgress:
    """Maven's output as "how many files, how much, and what now"."""

    def __init__(self) -> None:
        self.files = 0
        self.size = 0.0
        self.tests = 0

    def __call__(self, line: str) -> str | None:
        if match := re.search(r"Downloaded from \S+: \S+ \(([\d.]+) ([kMG]?B)", line):
            self.files += 1
            self.size += float(match[1]) * _UNITS[match[2]]
            return self._sum()
        if match := re.search(r"Downloading from \S+: \S*/(\S+)$", line):
            return f"{self._sum()}, downloading {match[1]}" if match[1].endswith((".jar", ".zip")) else None
        if match := re.search(r"--- (?:maven-)?([\w-]+?)(?:-plugin)?:\S+:(\S+)", line):
            return f"{match[1]} {match[2]}"
        if match := re.search(r"Tests run: (\d+), .*Time elapsed", line):
            self.tests += int(match[1])
            return f"{self.tests} tests"
        return None

    def _sum(self) -> str:
        return f"{self.files} files, {megabytes(self.size)}"


def run(tools: Tools, pom: Path, *arguments: str, step: Step, name: str, progress: MavenProgress | None = None) -> None:
    """Run Maven for `pom`; `SetupError` with its own words when that fails. Checksums that differ fail the build."""
    log = STATE / f"maven-{name}.log"
    argv = [tools.maven, "--batch-mode", "--strict-checksums", "-Dstyle.color=never", "-f", pom, *arguments]
    env = {"JAVA_HOME": str(tools.jdk.home)}
    if command.run(argv, step=step, log=log, progress=progress or MavenProgress(), env=env):
        errors = [
            line.removeprefix("[ERROR] ")
            for line in log.read_text(errors="replace").splitlines()
            if re.match(r"\[ERROR\] (?!\[Help|Re-run|To see|For more|->|See |-+$|\s*$)", line)
        ]
        shown = [line if len(line) < 400 else line[:400] + " …" for line in errors[:2]]
        raise SetupError("\n".join([f"Maven failed for {pom}:", *shown, f"See {log}."]))


def checksums(file: Path) -> dict[str, str]:
    """What a file in `sha256sum -c` format expects: name → hash."""
    pairs = (line.split(maxsplit=1) for line in file.read_text().splitlines() if line.strip() and line[0] != "#")
    return {name.strip().lstrip("*"): value for value, name in pairs}


def differing(expected: dict[str, str], directory: Path, names: Sequence[str] | None = None) -> list[Path]:
    """The files that are not there, or not what they should be."""
    wanted = expected if names is None else {name: expected[name] for name in names}
    return [directory / name for name, value in wanted.items() if sha256(directory / name) != value]


def sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def refuse(file: Path, expected: Path) -> SetupError:
    """The error for a download that is not what this project was tested with."""
    if not file.exists():
        return SetupError(
            f"{expected} names {file.name}, but Maven made no {file}.\nBring that list and the pom in line."
        )
    return SetupError(
        f"{file} is not what {expected} expects (SHA-256 {sha256(file)}): not using it.\n"
        f"If Maven's cache is damaged, delete it there (find ~/.m2 -name '{file.name}' -delete) and run this again;\n"
        "if the version was changed on purpose, put its new checksum into that list."
    )
