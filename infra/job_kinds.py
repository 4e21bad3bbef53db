"""What a job is written in: which file makes a folder a job, and which of its files the job reads as it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from infra.errors import ConfigurationError

Kind = Literal["sql", "java", "python"]

ENTRY_POINTS: dict[str, Kind] = {"job.sql": "sql", "pom.xml": "java", "job.py": "python"}
"""Exactly one of these files makes a folder a job."""

TABLES = "tables.sql"
"""Makes the lake tables of a job that is no SQL script: the job runs it as it starts."""
PROPERTIES = "job.properties"
"""The configuration of a Java job."""
REQUIREMENTS = "requirements.lock"
"""The Python packages of a Python job, with their hashes."""


@dataclass(frozen=True)
class JobFiles:
    """A job folder's files, as far as the platform knows them."""

    kind: Kind
    script_file: str
    """The file with the statements that make the job's tables."""
    mounted: Mapping[str, str]
    """Name → content of what lies in the job's container under /opt/flink/job: a change of it restarts the job alone,
    and builds no image."""


def read_files(path: Path) -> JobFiles:
    """Of the job folder `path`; raises `ConfigurationError` where one is missing or there are two entry points."""
    shown_as = f"jobs/{path.name}"
    entries = [name for name in ENTRY_POINTS if (path / name).exists()]
    if len(entries) != 1:
        found = f"are {' and '.join(entries)}" if entries else "is none"
        raise ConfigurationError(
            f"{shown_as}: a job folder has exactly one entry point ({', '.join(ENTRY_POINTS)}); here {found}"
        )
    kind = ENTRY_POINTS[entries[0]]
    match kind:
        case "sql":
            names = ["job.sql"]
        case "java":
            names = [_needed(path, PROPERTIES, "the configuration of a Java job")]
        case "python":
            _needed(path, REQUIREMENTS, "the Python packages of the job, pinned with their hashes")
            names = sorted(file.name for file in path.glob("*.py"))
    if kind != "sql" and (path / TABLES).exists():
        names.append(TABLES)
    return JobFiles(kind, "job.sql" if kind == "sql" else TABLES, {name: _text(path, name) for name in names})


def _needed(path: Path, name: str, what: str) -> str:
    if not (path / name).exists():
        raise ConfigurationError(f"jobs/{path.name}/{name}: no such file; it holds {what}")
    return name


def _text(path: Path, name: str) -> str:
    try:
        return (path / name).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"jobs/{path.name}/{name}: not UTF-8 at byte {error.start}") from None
