"""Where data lies and who may read it: buckets, catalog, teams, Lake Formation, and who tends tables."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.access import Access
from infra.access_account import AccessAccount
from infra.access_rules import tables_of
from infra.account import Account
from infra.catalog import Catalog
from infra.expectation_watch import RESULTS_DAYS, checks_workgroup, expected_tables
from infra.jobs import Job
from infra.lake import Lake
from infra.query import Team, workgroup_of
from infra.settings import Settings
from infra.table_maintenance import OptimizerRole


@dataclass(frozen=True)
class Lakehouse:
    """What jobs write to, and teams read from."""

    lake: Lake
    catalog: Catalog
    teams: dict[str, Team]
    access: Access
    optimizers: OptimizerRole


def build_lakehouse(settings: Settings, jobs: list[Job], account: Account, cloud: aws.Provider) -> Lakehouse:
    """Everything of the lake that is there before a job makes its tables."""
    region, disposable = settings.aws.region, settings.disposable
    results_days = {workgroup_of(name, team): team.results_days for name, team in settings.teams.items()}
    if expected_tables(jobs):
        results_days[checks_workgroup(pulumi.get_stack())] = RESULTS_DAYS
    on_cloud = pulumi.ResourceOptions(provider=cloud)
    lake = Lake(
        "lake",
        settings.lake,
        disposable=disposable,
        exports_files=any(job.manifest.files for job in jobs),
        account_id=account.id,
        partition=account.partition,
        results_days=results_days,
        opts=on_cloud,
    )
    lake_formation = AccessAccount("account", settings.access, deployer_arn=account.deployer_arn, opts=on_cloud)
    catalog = Catalog(
        "catalog",
        settings.databases,
        mode=settings.access.mode,
        warehouse=lake.warehouse.name,
        disposable=disposable,
        opts=pulumi.ResourceOptions(provider=cloud, depends_on=[lake_formation]),
    )
    teams = {
        name: Team(
            name,
            team,
            databases=list(catalog.databases.values()),
            tables=tables_of(name, settings, jobs),
            results=lake.results,
            kms_key_arn=lake.kms_key_arn,
            region=region,
            account_id=account.id,
            partition=account.partition,
            disposable=disposable,
            opts=on_cloud,
        )
        for name, team in settings.teams.items()
    }
    access = Access(
        "access",
        settings.access,
        databases=catalog.databases,
        database_tags={name: database.tags for name, database in settings.databases.items()},
        teams={name: team.role_arn for name, team in teams.items()},
        warehouse=lake.warehouse,
        kms_key_arn=lake.kms_key_arn,
        region=region,
        account_id=account.id,
        partition=account.partition,
        opts=pulumi.ResourceOptions(provider=cloud, depends_on=[lake_formation]),
    )
    optimizers = OptimizerRole(
        "optimizers",
        databases=[database.name for database in settings.databases.values()],
        warehouse_arn=lake.warehouse.arn,
        kms_key_arn=lake.kms_key_arn,
        region=region,
        account_id=account.id,
        partition=account.partition,
        opts=on_cloud,
    )
    return Lakehouse(lake, catalog, teams, access, optimizers)
