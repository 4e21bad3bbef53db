"""The contract: what other stacks and teams may know of this one, versioned, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pulumi
from pydantic import Field, StringConstraints

from infra.access_rules import lf_tags, table_tags, tables_of
from infra.job_columns import columns, problem_with_locks
from infra.jobs import Job, LakeTable
from infra.query import Team
from infra.settings import Settings
from infra.settings.sources import Engine
from infra.team_policy import PAGE
from infra.validation import Strict

CONTRACT_VERSION = "1.2.0"
"""Semantic version of the contract's shape. A consumer that knows 1.x reads any later 1.y: fields are added, never
taken away or changed, without a new major version."""

Arn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:\S+$")]


class ColumnContract(Strict):
    name: str
    type: str
    """As Athena calls it in queries, like 'varchar' or 'timestamp(6)'."""
    nullable: bool
    description: str = ""


class SourceContract(Strict):
    """Where the rows of a table come from: a source of the stack, by the name that jobs call it."""

    source: str
    engine: Engine
    tables: list[str] = []
    """Of a database."""
    topics: list[str] = []
    """Of Kafka."""


class TableContract(Strict):
    """A table that analysts may rely on."""

    description: str = ""
    columns: list[ColumnContract] = Field(min_length=1)
    """In the table's order."""
    key: list[str]
    """The columns whose values a row is known by; none: rows are only ever added."""
    owner: str
    """The team that answers for it."""
    job: str
    """The job that writes it."""
    sources: list[SourceContract] = []
    """What that job reads."""
    freshness: str
    """The objective for a change to be visible, at the 95th percentile."""
    tags: dict[str, str]
    """Its LF-Tags, by their keys in Lake Formation."""
    expectations: list[str] = []
    """What is true of its rows at every commit, and checked regularly, in words."""


class TeamContract(Strict):
    """How a team of analysts queries."""

    role_arn: Arn
    """The role to assume."""
    workgroup: str
    """The Athena workgroup."""
    results_location: str
    """Where its results lie: `s3://<bucket>/<prefix>/`."""
    results_key_arn: Arn
    """The KMS key that encrypts them."""
    tables: list[str]
    """What the team may read: `<database>.<table>`."""


class Contract(Strict):
    """The one output of a stack. Its JSON Schema is docs/schemas/contract.schema.json."""

    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] = CONTRACT_VERSION
    stack: str
    account: str
    region: str
    catalog: str = "AwsDataCatalog"
    """The catalog's name in Athena."""
    access_mode: Literal["hybrid", "full"]
    """Who decides on access to the tables: Lake Formation for everybody ('full'), or for those who are opted in
    ('hybrid')."""
    databases: dict[str, str]
    """The stack's name of a database → its name in Glue."""
    tables: dict[str, TableContract]
    """`<database in Glue>.<table>` → what is promised."""
    teams: dict[str, TeamContract]
    page: str | None = None
    """Where all of this lies as a page, for each team's role to read: `s3://<bucket>/catalogue.html`."""


def contract(
    settings: Settings,
    jobs: Sequence[Job],
    *,
    account_id: str,
    databases: Mapping[str, pulumi.Output[str]],
    teams: Mapping[str, Team],
    results: pulumi.Input[str],
    results_key_arn: pulumi.Input[str],
) -> pulumi.Output[dict[str, Any]]:
    """The stack's output, known once what it names exists; `results`: the bucket of query results, which the key
    encrypts. Warns where plan locks are missing or stale."""
    if problem := problem_with_locks(jobs):
        pulumi.log.warn(problem)
    tables = {name: table for job in jobs for name, table in _tables(settings, job).items()}
    found = {
        name: {
            "role_arn": team.role_arn,
            "workgroup": team.workgroup,
            "results_location": team.results_location,
            "results_key_arn": results_key_arn,
        }
        for name, team in teams.items()
    }
    readable = {name: [_full_name(table) for table in tables_of(name, settings, jobs)] for name in teams}
    stack = pulumi.get_stack()

    def made(known: Mapping[str, Any]) -> dict[str, Any]:
        return Contract(
            stack=stack,
            account=account_id,
            region=settings.aws.region,
            access_mode=settings.access.mode,
            databases=known["databases"],
            tables=tables,
            teams={name: TeamContract(tables=readable[name], **team) for name, team in known["teams"].items()},
            page=f"s3://{known['results']}/{PAGE}",
        ).model_dump()

    return pulumi.Output.all(databases=dict(databases), teams=found, results=results).apply(made)


def _tables(settings: Settings, job: Job) -> dict[str, TableContract]:
    described = columns(job)
    return {
        _full_name(table): TableContract(
            description=table.write.description,
            columns=[
                ColumnContract(
                    name=column.name, type=column.type, nullable=column.nullable, description=column.description
                )
                for column in described[_full_name(table)]
            ],
            key=table.write.key,
            owner=job.manifest.owner,
            job=job.name,
            sources=[
                SourceContract(
                    source=read.source,
                    engine=settings.sources[read.source].engine,
                    tables=read.tables,
                    topics=read.topics,
                )
                for read in job.manifest.reads
            ],
            freshness=table.write.freshness,
            tags=lf_tags(table_tags(settings, table), settings.access),
            expectations=[each.promise for each in table.write.expectations.each(table.write.key)],
        )
        for table in job.tables
    }


def _full_name(table: LakeTable) -> str:
    return f"{table.database}.{table.name}"
