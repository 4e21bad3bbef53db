"""`sources:` the operational systems that jobs read from and write to, by the name that jobs call them."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from infra.validation import Strict, WrongAt

_RESERVED = {
    "database": "${database.…} are the lake's databases",
    "files": "${files.…} are the places of exported files",
}


def _not_reserved(name: str) -> str:
    if name in _RESERVED:
        raise ValueError(f"a source cannot be called '{name}': {_RESERVED[name]}")
    return name


SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}$"), AfterValidator(_not_reserved)]


Engine = Literal["mysql", "postgres", "oracle", "sqlserver", "kafka"]
ENGINES: dict[Engine, str] = {
    "mysql": "MySQL",
    "postgres": "PostgreSQL",
    "oracle": "Oracle",
    "sqlserver": "SQL Server",
    "kafka": "Kafka",
}
"""As people write them."""


class DatabaseSource(Strict):
    """A database, and the account to use it with: one that reads its changes and one that writes are two sources."""

    engine: Literal["mysql", "postgres", "oracle", "sqlserver"]
    secret: Annotated[str, StringConstraints(min_length=1)]
    """The Secrets Manager entry (name or ARN): JSON with 'host', 'port', 'username' and 'password', as RDS writes
    it."""
    database: Annotated[str, StringConstraints(min_length=1)]
    """The database on that server whose tables jobs read or write."""


class KafkaSource(Strict):
    """A Kafka cluster with the schema registry of its records."""

    engine: Literal["kafka"]
    bootstrap_servers: Annotated[str, StringConstraints(pattern=r"^[\w.-]+:\d+(,[\w.-]+:\d+)*$")] | None = None
    """`host:port,…` of an existing cluster. None: the stack's own, of `streams`. (The sandbox fills it in.)"""
    cluster_arn: Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:kafka:\S+:cluster/[^/]+/[^/]+$")] | None = (
        None
    )
    """Of an existing MSK cluster, which its jobs' roles are granted the use of."""
    authentication: Literal["iam", "none"] = "iam"
    """`iam`: as MSK has it, encrypted; `none`: a broker that anybody who reaches it may use, as on a laptop."""
    registry: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    """The schema registry, by its Confluent-compatible API. (The sandbox fills it in.)"""
    registry_secret: Annotated[str, StringConstraints(min_length=1)] | None = None
    """The Secrets Manager entry with what the registry wants to be told: JSON with 'user_info', `<user>:<password>`."""

    @model_validator(mode="after")
    def _can_be_granted(self) -> Self:
        if self.bootstrap_servers and self.authentication == "iam" and not self.cluster_arn:
            raise WrongAt(
                ("cluster_arn",),
                "missing; jobs are granted the use of an existing cluster by its ARN ('aws kafka list-clusters-v2' "
                "has it); or say authentication: none",
            )
        if self.cluster_arn and not self.bootstrap_servers:
            raise WrongAt(("bootstrap_servers",), "missing; cluster_arn is that of an existing cluster")
        return self


SourceSettings = Annotated[DatabaseSource | KafkaSource, Field(discriminator="engine")]
