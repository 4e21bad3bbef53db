"""What a job's script calls its sources, for somebody who types SQL: the same tables, read beside the job and not in
its stead."""

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import cast

from infra import further_catalogs, job_sources
from infra.errors import ConfigurationError
from infra.flink_sql import statements
from infra.jobs import Job
from infra.kafka import kafka_clusters
from infra.settings import Settings
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client

_TEMPORARY = re.compile(r"CREATE\s+TEMPORARY\s+(TABLE|VIEW)\b", re.IGNORECASE)
_QUOTED = re.compile(r"('(?:[^']|'')*')|(`[^`]*`)")
_VARIABLE = re.compile(r"\$\{([^}]+)\}")


def reader(stack: str) -> str:
    """Stands for the stack in whatever is unique to a reader (MySQL's server ids, PostgreSQL's slots, Kafka's groups),
    so that none of it is a job's."""
    return f"{stack}-sql"


def variables(job: Job, settings: Settings, *, stack: str, aws: Aws) -> dict[str, str]:
    """The environment variables of the job, secrets too, as a reader of its own has them."""
    # Where it exports files to is the job's alone.
    without_files = dataclasses.replace(job, manifest=job.manifest.model_copy(update={"files": []}))
    found = job_sources.environment(
        without_files,
        stack=reader(stack),
        sources=settings.sources,
        databases=settings.databases,
        kafka=kafka_clusters(settings.sources, [job], own=None),
        files_bucket=None,
    )
    # Of a stack on this machine all is known, and no Output.
    return cast(dict[str, str], found) | secret_values(job_sources.secret_data(job, settings.sources), aws)


def catalog_variables(settings: Settings, aws: Aws) -> dict[str, str]:
    return secret_values(further_catalogs.secret_data(settings.catalogs), aws)


def secret_values(data: list[dict[str, object]], aws: Aws) -> dict[str, str]:
    """Variable → value, of an ExternalSecret's `spec.data`."""
    client = aws_client(aws, "secretsmanager")
    found: dict[str, str] = {}
    for entry in data:
        reference = cast(Mapping[str, str], entry["remoteRef"])
        stored = json.loads(client.get_secret_value(SecretId=reference["key"])["SecretString"])
        found[str(entry["secretKey"])] = str(stored[reference["property"]])
    return found


def declarations(job: Job, values: Mapping[str, str]) -> list[str]:
    """The statements of a SQL job that make temporary tables and views, with the values of their variables; without
    those of which a value is missing, as of exported files."""
    made = [text for text in statements(job.script) if _TEMPORARY.match(text)] if job.files.kind == "sql" else []
    return [_filled_in(text, values) for text in made if not _missing(text, values)]


def slots(values: Mapping[str, str], sources: list[str]) -> list[str]:
    """The replication slots among a reader's variables."""
    fronts = tuple(f"{job_sources.variable(name, 'slot')}_" for name in sources)
    return [value for name, value in values.items() if name.startswith(fronts)]


def _missing(text: str, values: Mapping[str, str]) -> bool:
    return any(job_sources.variable(name) not in values for name in _VARIABLE.findall(text))


def _filled_in(text: str, values: Mapping[str, str]) -> str:
    """As the runner does it: within quotes, where a value cannot end them."""

    def quoted(part: re.Match[str]) -> str:
        mark = "'" if part[1] else "`"
        return _VARIABLE.sub(lambda name: values[job_sources.variable(name[1])].replace(mark, mark * 2), part[0])

    return _QUOTED.sub(quoted, text)


def job_named(jobs: list[Job], name: str) -> Job:
    """Raises `ConfigurationError` where its folder is gone since the sandbox started."""
    for job in jobs:
        if job.name == name:
            return job
    raise ConfigurationError(f"jobs/{name}: there is no such folder any more; 'lakehouse up' runs what is there")
