"""What no key of job.yaml can tell alone: names that the stack must know, files that must be there, numbers that must
fit together."""

from collections.abc import Iterator

from infra.flink_memory import Process, problem_with_memory
from infra.flink_options import owner_of, problem_with
from infra.job_kinds import TABLES, JobFiles
from infra.job_manifest import JobManifest, Read
from infra.settings import Settings
from infra.settings.crosschecks import check_tags
from infra.units import seconds
from infra.validation import Location, WrongAt, nearest

Problem = tuple[Location, str]
"""Where in job.yaml, and what is wrong there."""


_OF_PROCESSES = ("taskmanager.", "jobmanager.", "env.", "io.", "classloader.", "cluster.", "heartbeat.", "metrics.")
"""Options that Flink reads once, as a process starts."""


def problems(manifest: JobManifest, settings: Settings, files: JobFiles) -> Iterator[Problem]:
    yield from _sources(manifest, settings)
    yield from _tables(manifest, settings)
    yield from _catalogs(manifest, settings)
    yield from _session(manifest, settings, files)
    yield from _objectives(manifest, settings)
    yield from _drifts(manifest, settings)
    yield from _kind(manifest, files)
    yield from _options(manifest)
    if manifest.upgrade_mode == "last-state" and not settings.flink.high_availability:
        yield ("upgrade_mode",), "'last-state' needs the stack's flink.high_availability"
    yield from _memory(manifest)


def _sources(manifest: JobManifest, settings: Settings) -> Iterator[Problem]:
    named = [("reads", index, each) for index, each in enumerate(manifest.reads)]
    named += [("feeds", index, each) for index, each in enumerate(manifest.feeds)]
    for key, index, each in named:
        source = settings.sources.get(each.source)
        if source is None:
            hint = nearest(each.source, list(settings.sources))
            yield (key, index, "source"), f"the stack file has no source '{each.source}'{hint}"
        elif source.engine == "kafka" and each.tables:
            yield (key, index, "tables"), f"the source '{each.source}' is Kafka, which has topics and no tables"
        elif source.engine != "kafka" and isinstance(each, Read) and each.topics:
            yield (key, index, "topics"), f"the source '{each.source}' is a database, which has tables and no topics"


def _tables(manifest: JobManifest, settings: Settings) -> Iterator[Problem]:
    for index, write in enumerate(manifest.writes):
        database = write.table.partition(".")[0]
        if database not in settings.databases:
            hint = nearest(database, list(settings.databases))
            yield ("writes", index, "table"), f"the stack file has no database '{database}'{hint}"
        try:
            tags = {name: [value] for name, value in write.tags.items()}
            check_tags(("writes", index, "tags"), tags, settings.access)
        except WrongAt as wrong:
            yield wrong.location, f"the stack file's {wrong}"


def _catalogs(manifest: JobManifest, settings: Settings) -> Iterator[Problem]:
    for index, name in enumerate(manifest.catalogs):
        if name not in settings.catalogs:
            hint = nearest(name, list(settings.catalogs))
            yield ("catalogs", index), f"the stack file has no catalog '{name}'{hint}"


def _session(manifest: JobManifest, settings: Settings, files: JobFiles) -> Iterator[Problem]:
    """A job of the session cluster has no pods of its own, and so none of what belongs to pods."""
    if manifest.mode == "application":
        return
    if files.kind != "sql":
        yield (
            ("mode",),
            f"only a SQL job can be a session job, since its code is in every image; this is a {files.kind} job",
        )
    if settings.flink.session is None:
        yield ("mode",), "a session job needs the stack's flink.session, the cluster that it shares with others"
    if "resources" in manifest.model_fields_set:
        yield ("resources",), "a session job has none: it runs in the slots of the stack's flink.session"
    for option in manifest.flink:
        if option.startswith(_OF_PROCESSES):
            problem = (
                "this is an option of the processes, which a session job shares with others: it has no effect here"
            )
            yield ("flink", option), f"{problem}; give the job a cluster of its own (mode: application) to set it"


def _objectives(manifest: JobManifest, settings: Settings) -> Iterator[Problem]:
    for key, each in (("writes", manifest.writes), ("feeds", manifest.feeds)):
        for index, output in enumerate(each):
            if seconds(output.freshness) < settings.checkpoint_seconds:
                problem = (
                    f"the objective {output.freshness} is shorter than the stack's flink.checkpoint_interval "
                    f"({settings.flink.checkpoint_interval}): data is visible only at checkpoints"
                )
                yield (key, index, "freshness"), problem


def _drifts(manifest: JobManifest, settings: Settings) -> Iterator[Problem]:
    for index, write in enumerate(manifest.writes):
        rows, days = write.expectations.row_count, settings.lake.time_travel_days
        if rows and rows.within and seconds(rows.within) >= days * 86_400:
            problem = (
                f"{rows.within} is no shorter than the stack's lake.time_travel_days ({days}): the snapshot to compare "
                "with may be gone by then"
            )
            yield ("writes", index, "expectations", "row_count", "within"), problem


def _kind(manifest: JobManifest, files: JobFiles) -> Iterator[Problem]:
    if files.kind == "java" and manifest.entry_class is None:
        yield ("entry_class",), "missing; it is the main class of this Java job (it has a pom.xml)"
    if files.kind != "java" and manifest.entry_class is not None:
        yield ("entry_class",), "only a Java job (one with a pom.xml) has one; remove it"
    if files.kind != "sql" and manifest.writes and TABLES not in files.mounted:
        problem = f"the file {TABLES} beside job.yaml must make these tables: CREATE TABLE IF NOT EXISTS lake.… (…);"
        yield ("writes",), f"{problem} the contract's columns are read from it"


def _options(manifest: JobManifest) -> Iterator[Problem]:
    for option, value in manifest.flink.items():
        owner, problem = owner_of(option), problem_with(option, value)
        if owner:
            yield ("flink", option), f"this option is the platform's: {owner}"
        elif problem:
            yield ("flink", option), problem


def _memory(manifest: JobManifest) -> Iterator[Problem]:
    processes: tuple[Process, ...] = ("jobmanager", "taskmanager")
    for process in processes:
        memory: str = getattr(manifest.resources, process).memory
        problem = problem_with_memory(process, memory, manifest.flink)
        if problem:
            location = ("flink", problem.option) if problem.option else ("resources", process, "memory")
            yield location, problem.text
