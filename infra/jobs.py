"""`jobs/<name>/` → Job: what a data team writes about a streaming job, read and checked. No resources here."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints

from infra.errors import ConfigurationError
from infra.flink_options import owner_of, problem_with
from infra.flink_sql import set_options
from infra.job_checks import problems
from infra.job_kinds import JobFiles, read_files
from infra.job_manifest import JobManifest, Write
from infra.settings import Settings
from infra.settings.names import GlueName
from infra.units import Duration, seconds
from infra.validation import Strict, nearest, parse_yaml, place, validate

JobName = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,43}[a-z0-9])?$")]
"""A FlinkDeployment's name: the operator allows 45 characters, since pods and services add to it."""


@dataclass(frozen=True)
class LakeTable:
    """A table that a job writes: its place in this stack's lake and what is promised of it."""

    database: GlueName
    """The name in Glue."""
    name: str
    write: Write


@dataclass(frozen=True)
class Job:
    """One job folder, checked against the settings of one stack."""

    name: str
    files: JobFiles
    manifest: JobManifest
    tables: tuple[LakeTable, ...]
    folder: Path

    @property
    def script(self) -> str:
        """The SQL that makes its tables, and of a SQL job all the rest; nothing where there is none."""
        return self.files.mounted.get(self.files.script_file, "")

    @property
    def objective(self) -> Duration | None:
        """The strictest of its objectives for freshness; None: it writes nothing that has one."""
        return min(
            (each.freshness for each in (*self.manifest.writes, *self.manifest.feeds)), key=seconds, default=None
        )


def job_folders(folder: Path) -> list[Path]:
    """The job folders in `folder` (the project's `jobs/`), by name."""
    return sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))


def load_jobs(folder: Path, settings: Settings) -> list[Job]:
    """Every job in `folder` that the stack runs, by name; raises `ConfigurationError` for the first that is wrong."""
    jobs = [_load_job(path, settings) for path in job_folders(folder) if path.name not in settings.leave_out]
    _check_one_writer(jobs)
    return jobs


def unknown_left_out(folder: Path, settings: Settings) -> list[str]:
    """What is wrong with `leave_out`: names that no folder has. Nothing fails for it: a folder that is gone is left out
    indeed; but of a misspelt one people should hear."""
    names = [path.name for path in job_folders(folder)]
    return [
        f"leave_out: there is no folder jobs/{name}{nearest(name, names)}"
        for name in settings.leave_out
        if name not in names
    ]


def read_job(path: Path) -> tuple[JobFiles, JobManifest]:
    """What stands in the job folder `path`, as far as it can be checked without a stack."""
    shown_as = f"jobs/{path.name}"
    files = read_files(path)
    file = path / "job.yaml"
    document = parse_yaml(file, f"{shown_as}/job.yaml")
    manifest = validate(JobManifest, document, shown_as=f"{shown_as}/job.yaml", file=file)
    validate(_JobFolder, {"name": path.name}, shown_as=shown_as)
    return files, manifest


def _load_job(path: Path, settings: Settings) -> Job:
    shown_as, file = f"jobs/{path.name}", path / "job.yaml"
    files, manifest = read_job(path)
    for location, problem in problems(manifest, settings, files):
        raise ConfigurationError(f"{place(f'{shown_as}/job.yaml', file, location)}: {problem}")
    job = Job(path.name, files, manifest, tuple(_lake_table(write, settings) for write in manifest.writes), path)
    _check_script(job.script, f"{shown_as}/{files.script_file}")
    return job


class _JobFolder(Strict):
    name: JobName


def _lake_table(write: Write, settings: Settings) -> LakeTable:
    database, _, name = write.table.partition(".")
    return LakeTable(settings.databases[database].name, name, write)


def _check_script(script: str, shown_as: str) -> None:
    """A script's SET comes over the job's configuration, the platform's part of it too."""
    for found in set_options(script):
        owner, problem = owner_of(found.option), problem_with(found.option, found.value)
        if owner or problem:
            what = f"this option is the platform's: {owner}" if owner else problem
            raise ConfigurationError(f"{shown_as}:{found.line}: SET '{found.option}': {what}")


def _check_one_writer(jobs: list[Job]) -> None:
    writer: dict[str, str] = {}
    for job in jobs:
        for table in job.tables:
            full = f"{table.database}.{table.name}"
            if full in writer:
                raise ConfigurationError(
                    f"jobs/{job.name}/job.yaml: writes the table {full}, as jobs/{writer[full]}/job.yaml does;\n"
                    "a table has one writer: give one of them another table, or union both in one job"
                )
            writer[full] = job.name
