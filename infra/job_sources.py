"""What a script's `${source.key}` resolves to: environment variables, the secret ones by reference only.

`${erpdb.host}` is read from the variable `ERPDB_HOST`. For a job that reads a source there are: `host`, `port`,
`username`,
`password` (from its Secrets Manager entry), `database` (from the stack file), and what must be unique to the job:
`server-id.<table>` for MySQL and `slot.<table>` for PostgreSQL. `${database.<name>}` is a lake database's name in Glue.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

from infra.jobs import Job
from infra.settings import DatabaseSettings, SourceSettings

SECRET_KEYS = ("host", "port", "username", "password")
"""As RDS writes them (Secrets Manager docs: "JSON structure of AWS Secrets Manager secrets")."""

_SLOT_LENGTH = 63
"""PostgreSQL cuts names at 63 bytes (NAMEDATALEN - 1)."""


def variable(*path: str) -> str:
    """`("erpdb", "host")` → `ERPDB_HOST`, the environment variable of `${erpdb.host}`."""
    return re.sub(r"[^A-Z0-9]", "_", ".".join(path).upper())


def environment(
    job: Job, *, stack: str, sources: Mapping[str, SourceSettings], databases: Mapping[str, DatabaseSettings]
) -> dict[str, str]:
    """The variables of a job that are no secret."""
    found = {variable("database", key): database.name for key, database in databases.items()}
    for read in job.manifest.reads:
        source = sources[read.source]
        found[variable(read.source, "database")] = source.database
        for table in read.tables:
            identity = f"{stack}/{job.name}/{read.source}/{table}"
            if source.engine == "mysql":
                found[variable(read.source, "server-id", table)] = server_ids(identity, job.manifest.parallelism)
            else:
                found[variable(read.source, "slot", table)] = slot(stack, job.name, table, identity)
    return found


def server_ids(identity: str, parallelism: int) -> str:
    """A range of MySQL server ids, one for each parallel reader: two readers with one id throw each other out.

    Source: Flink CDC docs, MySQL connector, "Set different server id for each reader".
    """
    # 2,000,000 ranges of 1024 (the highest parallelism): away from the small ids that people give to servers, and below
    # 2^31, since the connector reads them as Java's int.
    first = 100_000 + int.from_bytes(_hash(identity)[:8]) % 2_000_000 * 1024
    return f"{first}-{first + parallelism - 1}"


def slot(stack: str, job: str, table: str, identity: str) -> str:
    """A replication slot's name: two jobs on one slot would each see half of the changes."""
    name = re.sub(r"[^a-z0-9_]", "_", f"{stack}_{job}_{table}".lower())
    return name if len(name) <= _SLOT_LENGTH else f"{name[: _SLOT_LENGTH - 9]}_{_hash(identity).hex()[:8]}"


def secret_data(job: Job, sources: Mapping[str, SourceSettings]) -> list[dict[str, Any]]:
    """`spec.data` of the job's ExternalSecret: which key of which Secrets Manager entry becomes which variable."""
    return [
        {
            "secretKey": variable(read.source, key),
            "remoteRef": {"key": sources[read.source].secret, "property": key},
        }
        for read in job.manifest.reads
        for key in SECRET_KEYS
    ]


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
