"""The stack file, `Pulumi.<stack>.yaml`, as one frozen model: every setting, its default and the reason for it.

All of it stands under the one key `flink-lakehouse:settings`. A stack file holds only what differs from the defaults.
No secret value ever stands here: settings name entries of AWS Secrets Manager.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import pulumi
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from infra.units import Duration, seconds
from infra.validation import Strict, validate

PROJECT = "flink-lakehouse"
KEY = "settings"

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}$")]
GlueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,127}$")]
"""Athena finds lower-case letters, digits and underscores only (docs: "Name databases, tables, and columns")."""
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]


class AwsSettings(Strict):
    region: Region
    """The region of everything that the stack makes, like 'eu-west-1'."""
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = None
    """The only account that this stack may be deployed to; a guard against the wrong profile."""
    endpoint: Annotated[str, StringConstraints(pattern=r"^https?://")] | None = None
    """One endpoint for every AWS service, where AWS is played (the sandbox fills it in). None: AWS itself."""


class LakeSettings(Strict):
    disposable: bool = False
    """True: `pulumi destroy` deletes the data too. For short-lived stacks only, hence not the default."""
    noncurrent_days: Annotated[int, Field(ge=1)] = 30
    """Days that a deleted or overwritten object can still be restored: longer than a long holiday."""


class DatabaseSettings(Strict):
    name: GlueName
    """The name in Glue, as analysts type it. A Glue catalog is one per account and region: stacks that share one
    differ here."""
    description: str = ""


def _not_reserved(name: str) -> str:
    if name == "database":
        raise ValueError("a source cannot be called 'database': ${database.…} are the lake's databases")
    return name


SourceName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}$"), AfterValidator(_not_reserved)]


class SourceSettings(Strict):
    engine: Literal["mysql", "postgres"]
    secret: str
    """The Secrets Manager entry (name or ARN): JSON with 'host', 'port', 'username' and 'password', as RDS writes
    it."""
    database: str
    """The database on that server whose tables jobs read."""


class QuerySettings(Strict):
    workgroup: Name = "analysts"
    """The Athena workgroup; one per account, region and name."""
    scan_limit_gib: Annotated[int, Field(ge=1)] = 100
    """A query that would scan more is cancelled: at list price 100 GiB cost half a dollar, and a forgotten WHERE
    much more."""
    results_days: Annotated[int, Field(ge=1)] = 14
    """Days that query results are kept."""


class ClusterSettings(Strict):
    name: str
    """The EKS cluster, which has the Flink Kubernetes Operator and the External Secrets Operator."""
    context: str | None = None
    """The kubeconfig context to deploy with; None: the current one."""
    namespace: Name = "flink"
    """Where jobs run; the stack makes it."""
    secret_store: str = "aws-secrets-manager"
    """The ClusterSecretStore of the External Secrets Operator that reads Secrets Manager."""


class FlinkSettings(Strict):
    checkpoint_interval: Duration = "10s"
    """How often each job commits to the lake: analysts wait this long at most. Each commit is a snapshot with small
    files, so shorter than the objective needs is only work for compaction."""
    high_availability: bool = True
    """JobManager recovery through Kubernetes; off only where there is no Kubernetes (the sandbox)."""
    upgrade_mode: Literal["savepoint", "last-state", "stateless"] = "savepoint"
    """How a changed job restarts, unless its job.yaml says otherwise: 'savepoint' also survives changes of the job's
    graph."""


class Settings(Strict):
    aws: AwsSettings
    lake: LakeSettings = LakeSettings()
    databases: dict[Name, DatabaseSettings] = Field(min_length=1)
    """The lake's databases, by the name that jobs call them."""
    sources: dict[SourceName, SourceSettings] = {}
    """The operational databases that jobs read, by the name that jobs call them."""
    query: QuerySettings = QuerySettings()
    cluster: ClusterSettings
    flink: FlinkSettings = FlinkSettings()

    @model_validator(mode="after")
    def _databases_differ(self) -> Self:
        names = [database.name for database in self.databases.values()]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two databases share the Glue name '{twice[0]}'; each needs its own")
        return self

    @model_validator(mode="after")
    def _last_state_needs_ha(self) -> Self:
        if self.flink.upgrade_mode == "last-state" and not self.flink.high_availability:
            raise ValueError("flink.upgrade_mode 'last-state' needs flink.high_availability, which finds the state")
        return self

    @property
    def checkpoint_seconds(self) -> float:
        return seconds(self.flink.checkpoint_interval)


def stack_file(stack: str) -> str:
    return f"Pulumi.{stack}.yaml"


def parse_settings(document: Any, *, stack: str, folder: Path | None = None) -> Settings:
    """The settings in a stack file's `flink-lakehouse:settings`; raises `ConfigurationError`."""
    shown_as = stack_file(stack)
    file = folder / shown_as if folder else None
    return validate(Settings, document, shown_as=shown_as, file=file, prefix=("config", f"{PROJECT}:{KEY}"))


def load_settings(folder: Path) -> Settings:
    """The settings of the stack that Pulumi is running; `folder` is the project's, for line numbers in errors."""
    document: Any = pulumi.Config(PROJECT).get_object(KEY)
    return parse_settings(document if document is not None else {}, stack=pulumi.get_stack(), folder=folder)
