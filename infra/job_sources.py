"""What a script's `${source.key}` resolves to: environment variables, the secret ones by reference only.

`${erpdb.host}` is read from the variable `ERPDB_HOST`. For a job that reads or feeds a database there are: `host`,
`port`, `username`, `password` (from its Secrets Manager entry), `database` (from the stack file), and for a table that
it reads what must be unique to the job: `server-id.<table>` for MySQL and `slot.<table>` for PostgreSQL. For one that
reads Kafka: `bootstrap-servers`, `registry`, `registry-user-info`, `group.<topic>` (the consumer group), and what
`infra/kafka.py` has of security. `${database.<name>}` is a lake database's name in Glue, `${files.<name>}` the place of
exported files.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import pulumi

from infra.job_manifest import Read
from infra.jobs import Job
from infra.kafka import NO_USER, SECURITY, KafkaCluster
from infra.settings import DatabaseSettings
from infra.settings.sources import DatabaseSource, KafkaSource, SourceSettings

SECRET_KEYS = ("host", "port", "username", "password")
"""As RDS writes them (Secrets Manager docs: "JSON structure of AWS Secrets Manager secrets")."""

_HIGHEST_PARALLELISM = 1024
_SLOT_LENGTH = 63
"""PostgreSQL cuts names at 63 bytes (NAMEDATALEN - 1)."""


def variable(*path: str) -> str:
    """`("erpdb", "host")` → `ERPDB_HOST`, the environment variable of `${erpdb.host}`."""
    return re.sub(r"[^A-Z0-9]", "_", ".".join(path).upper())


def environment(
    job: Job,
    *,
    stack: str,
    sources: Mapping[str, SourceSettings],
    databases: Mapping[str, DatabaseSettings],
    kafka: Mapping[str, KafkaCluster],
    files_bucket: pulumi.Input[str] | None,
) -> dict[str, pulumi.Input[str]]:
    """The variables of a job that are no secret; `kafka`: the cluster of each Kafka source."""
    found: dict[str, pulumi.Input[str]] = {
        variable("database", key): database.name for key, database in databases.items()
    }
    for name in job.manifest.files:
        assert files_bucket is not None, "a stack whose jobs write files has a bucket for them"
        found[variable("files", name)] = pulumi.Output.format("s3://{0}/{1}/{2}", files_bucket, job.name, name)
    for feed in job.manifest.feeds:
        found |= _of_database(feed.source, sources[feed.source])
    for read in job.manifest.reads:
        source = sources[read.source]
        if source.engine == "kafka":
            found |= _of_kafka(read, source, kafka[read.source], f"{stack}.{job.name}")
        else:
            found |= _of_database(read.source, source) | _of_changes(read, source, job, stack)
    return found


def _of_database(name: str, source: SourceSettings) -> dict[str, str]:
    return {variable(name, "database"): source.database} if source.engine != "kafka" else {}


def _of_changes(read: Read, source: DatabaseSource, job: Job, stack: str) -> dict[str, str]:
    """What a reader of change data must have for itself."""
    found: dict[str, str] = {}
    for table in read.tables:
        identity = f"{stack}/{job.name}/{read.source}/{table}"
        if source.engine == "mysql":
            found[variable(read.source, "server-id", table)] = server_ids(identity)
        if source.engine == "postgres":
            found[variable(read.source, "slot", table)] = slot(stack, job.name, table, identity)
    return found


def _of_kafka(read: Read, source: KafkaSource, cluster: KafkaCluster, reader: str) -> dict[str, pulumi.Input[str]]:
    found: dict[str, pulumi.Input[str]] = {
        "bootstrap-servers": cluster.bootstrap_servers,
        "registry": source.registry or "",
        **SECURITY[source.authentication],
    }
    if source.registry_secret is None:
        found["registry-user-info"] = NO_USER
    groups = {variable(read.source, "group", topic): f"{reader}.{topic}" for topic in read.topics}
    return {variable(read.source, key): value for key, value in found.items()} | groups


def server_ids(identity: str) -> str:
    """A range of MySQL server ids, one for each parallel reader: two readers with one id throw each other out.

    It is as wide as the highest parallelism, so that a running job can be scaled. Source: Flink CDC docs, MySQL
    connector, "Set different server id for each reader".
    """
    # 2,000,000 ranges: away from the small ids that people give to servers, and below 2^31, since the connector reads
    # them as Java's int.
    first = 100_000 + int.from_bytes(_hash(identity)[:8]) % 2_000_000 * _HIGHEST_PARALLELISM
    return f"{first}-{first + _HIGHEST_PARALLELISM - 1}"


def slot(stack: str, job: str, table: str, identity: str) -> str:
    """A replication slot's name: two jobs on one slot would each see half of the changes."""
    name = re.sub(r"[^a-z0-9_]", "_", f"{stack}_{job}_{table}".lower())
    return name if len(name) <= _SLOT_LENGTH else f"{name[: _SLOT_LENGTH - 9]}_{_hash(identity).hex()[:8]}"


def secret_data(job: Job, sources: Mapping[str, SourceSettings]) -> list[dict[str, Any]]:
    """`spec.data` of the job's ExternalSecret: which key of which Secrets Manager entry becomes which variable; empty
    for a job that needs no secret."""
    names = dict.fromkeys(
        [*[read.source for read in job.manifest.reads], *[feed.source for feed in job.manifest.feeds]]
    )
    return [
        {"secretKey": variable(name, key), "remoteRef": {"key": entry, "property": entry_key}}
        for name in names
        for entry, key, entry_key in _entries(sources[name])
    ]


def _entries(source: SourceSettings) -> list[tuple[str, str, str]]:
    """Secrets Manager entry, the key that scripts know, and the entry's own."""
    if source.engine != "kafka":
        return [(source.secret, key, key) for key in SECRET_KEYS]
    return [(source.registry_secret, "registry-user-info", "user_info")] if source.registry_secret else []


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
