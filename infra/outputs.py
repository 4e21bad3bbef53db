"""The contract: what other stacks and teams may know of this one, versioned, and nothing else."""

from typing import Any

import pulumi
from pydantic import Field

from infra.jobs import Job
from infra.settings import Settings
from infra.validation import Strict

CONTRACT_VERSION = "0.1.0"
"""Semantic version of the contract's shape. Below 1.0.0 it may still change; then only its major version may break."""


class TableContract(Strict):
    """A table that analysts may rely on."""

    key: list[str]
    """The columns whose values a row is known by."""
    owner: str
    freshness: str
    """The objective for a change to be visible, at the 95th percentile."""
    job: str
    description: str = ""


class Contract(Strict):
    version: str = CONTRACT_VERSION
    region: str
    catalog: str = "AwsDataCatalog"
    databases: dict[str, str]
    """The stack's name of a database → its name in Glue."""
    tables: dict[str, TableContract] = Field(default={})
    """`<database in Glue>.<table>` → what is promised."""
    workgroup: str
    query_results: str


def contract(
    settings: Settings,
    jobs: list[Job],
    *,
    databases: dict[str, pulumi.Output[str]],
    workgroup: pulumi.Output[str],
    query_results: pulumi.Output[str],
) -> pulumi.Output[dict[str, Any]]:
    """The stack's output, known once what it names exists."""
    tables = {
        f"{table.database}.{table.name}": TableContract(
            key=table.write.key,
            owner=job.manifest.owner,
            freshness=table.write.freshness,
            job=job.name,
            description=table.write.description,
        )
        for job in jobs
        for table in job.tables
    }
    return pulumi.Output.all(databases=databases, workgroup=workgroup, query_results=query_results).apply(
        lambda known: Contract(region=settings.aws.region, tables=tables, **known).model_dump()
    )
