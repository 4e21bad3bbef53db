"""`jobs/<name>/` → Job: what a data team writes about a streaming job, read and checked. No resources here."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from infra.errors import ConfigurationError
from infra.flink_memory import problem_with_memory
from infra.flink_options import owner_of, problem_with
from infra.flink_sql import set_options
from infra.settings import Settings
from infra.settings.crosschecks import check_tags
from infra.settings.names import GlueName
from infra.units import Duration, MemorySize, seconds
from infra.validation import Location, Strict, WrongAt, nearest, parse_yaml, place, validate

ENTRY_POINTS = ("job.sql", "job.py", "pom.xml")
"""Exactly one of these files makes a folder a job."""

JobName = Annotated[str, StringConstraints(pattern=r"^[a-z]([-a-z0-9]{0,43}[a-z0-9])?$")]
"""A FlinkDeployment's name: the operator allows 45 characters, since pods and services add to it."""
Column = Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_]*$")]


class Read(Strict):
    source: str
    """A source of the stack file."""
    tables: list[str] = Field(min_length=1)


class Write(Strict):
    table: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}\.[a-z][a-z0-9_]{0,127}$")]
    """`<database>.<table>`: the database as the stack file calls it."""
    key: list[Column] = Field(min_length=1)
    """The upsert key: the columns of the table's PRIMARY KEY; the lake holds one row for each of its values."""
    freshness: Duration
    """The objective: how long after a change in a source analysts see it, at the 95th percentile."""
    description: str = ""
    tags: dict[str, str] = {}
    """LF-Tags of the table beyond those of its database: a tag of the stack file's `access.tags` → one of its values.
    A tag that both have says of the table what stands here."""


class Resources(Strict):
    cpu: Annotated[float, Field(gt=0)]
    memory: MemorySize
    """The whole container: Flink divides it (docs: "Set up Flink's Process Memory")."""


class TaskManagerResources(Resources):
    slots: Annotated[int, Field(ge=1)] = 1
    """Slots of one TaskManager; as many TaskManagers run as the parallelism needs."""


class JobResources(Strict):
    jobmanager: Resources = Resources(cpu=0.5, memory="1024m")
    taskmanager: TaskManagerResources = TaskManagerResources(cpu=1, memory="1728m")


class JobManifest(Strict):
    """`job.yaml`: paths, image, identity and grants are derived from it and never written in it."""

    description: Annotated[str, StringConstraints(min_length=1)]
    owner: Annotated[str, StringConstraints(min_length=1)]
    """The team that answers for the job and its tables."""
    reads: list[Read] = []
    writes: list[Write] = Field(min_length=1)
    resources: JobResources = JobResources()
    parallelism: Annotated[int, Field(ge=1, le=1024)] = 1
    upgrade_mode: Literal["savepoint", "last-state", "stateless"] | None = None
    """How a change of this job restarts it; None: as the stack file says."""
    flink: dict[str, str] = {}
    """Further Flink options; those that the platform owns are refused."""

    @model_validator(mode="after")
    def _sources_once(self) -> Self:
        names = [read.source for read in self.reads]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"source '{twice[0]}' stands twice in reads; list its tables under one entry")
        return self


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
    script: str
    manifest: JobManifest
    tables: tuple[LakeTable, ...]


def load_jobs(folder: Path, settings: Settings) -> list[Job]:
    """Every job in `folder` (the project's `jobs/`), by name; raises `ConfigurationError` for the first that is
    wrong."""
    paths = sorted(path for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))
    jobs = [_load_job(path, settings) for path in paths]
    _check_one_writer(jobs)
    return jobs


def _load_job(path: Path, settings: Settings) -> Job:
    shown_as = f"jobs/{path.name}"
    entries = [name for name in ENTRY_POINTS if (path / name).exists()]
    if len(entries) != 1:
        found = f"are {' and '.join(entries)}" if entries else "is none"
        raise ConfigurationError(
            f"{shown_as}: a job folder has exactly one entry point (job.sql, job.py or pom.xml); here {found}"
        )
    if entries[0] != "job.sql":
        raise ConfigurationError(f"{shown_as}/{entries[0]}: only SQL jobs (job.sql) can run as yet")
    file = path / "job.yaml"
    document = parse_yaml(file, f"{shown_as}/job.yaml")
    manifest = validate(JobManifest, document, shown_as=f"{shown_as}/job.yaml", file=file)
    validate(_JobFolder, {"name": path.name}, shown_as=shown_as)
    _check(manifest, settings, file, f"{shown_as}/job.yaml")
    tables = [_lake_table(write, settings) for write in manifest.writes]
    script = (path / entries[0]).read_text()
    _check_script(script, f"{shown_as}/{entries[0]}")
    return Job(path.name, script, manifest, tuple(tables))


class _JobFolder(Strict):
    name: JobName


def _lake_table(write: Write, settings: Settings) -> LakeTable:
    database, _, name = write.table.partition(".")
    return LakeTable(settings.databases[database].name, name, write)


def _check(manifest: JobManifest, settings: Settings, file: Path, shown_as: str) -> None:
    """What one key can't tell: names that the stack must know, and numbers that must fit together."""

    def refuse(location: Location, problem: str) -> ConfigurationError:
        return ConfigurationError(f"{place(shown_as, file, location)}: {problem}")

    for index, read in enumerate(manifest.reads):
        if read.source not in settings.sources:
            hint = nearest(read.source, list(settings.sources))
            raise refuse(("reads", index, "source"), f"the stack file has no source '{read.source}'{hint}")
    for index, write in enumerate(manifest.writes):
        database = write.table.partition(".")[0]
        if database not in settings.databases:
            hint = nearest(database, list(settings.databases))
            raise refuse(("writes", index, "table"), f"the stack file has no database '{database}'{hint}")
        try:
            tags = {name: [value] for name, value in write.tags.items()}
            check_tags(("writes", index, "tags"), tags, settings.access)
        except WrongAt as wrong:
            raise refuse(wrong.location, f"the stack file's {wrong}") from None
        if seconds(write.freshness) < settings.checkpoint_seconds:
            problem = (
                f"the objective {write.freshness} is shorter than the stack's flink.checkpoint_interval "
                f"({settings.flink.checkpoint_interval}): data is visible only at checkpoints"
            )
            raise refuse(("writes", index, "freshness"), problem)
    for option, value in manifest.flink.items():
        owner, problem = owner_of(option), problem_with(option, value)
        if owner:
            raise refuse(("flink", option), f"this option is the platform's: {owner}")
        if problem:
            raise refuse(("flink", option), problem)
    if manifest.upgrade_mode == "last-state" and not settings.flink.high_availability:
        raise refuse(("upgrade_mode",), "'last-state' needs the stack's flink.high_availability")
    _check_memory(manifest, refuse)


def _check_script(script: str, shown_as: str) -> None:
    """A script's SET comes over the job's configuration, the platform's part of it too."""
    for found in set_options(script):
        owner, problem = owner_of(found.option), problem_with(found.option, found.value)
        if owner or problem:
            what = f"this option is the platform's: {owner}" if owner else problem
            raise ConfigurationError(f"{shown_as}:{found.line}: SET '{found.option}': {what}")


def _check_memory(manifest: JobManifest, refuse: Callable[[Location, str], ConfigurationError]) -> None:
    for process in ("jobmanager", "taskmanager"):
        memory: str = getattr(manifest.resources, process).memory
        problem = problem_with_memory(process, memory, manifest.flink)
        if problem:
            location = ("flink", problem.option) if problem.option else ("resources", process, "memory")
            raise refuse(location, problem.text)


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
