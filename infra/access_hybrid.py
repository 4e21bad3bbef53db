"""Hybrid mode: Lake Formation decides for the teams, IAM for everybody else."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.catalog import IAM_ALLOWED_PRINCIPALS


class HybridAccess(pulumi.ComponentResource):
    """Opts the teams in to Lake Formation on all databases and tables, and leaves those to IAM for all others.

    All databases, also those that a team is granted nothing of: what a team is not opted in to would be its for the
    asking, by IAM. By name, since opting in by LF-Tag is no API (Lake Formation developer guide: "Hybrid access mode
    considerations and limitations"); the wildcard takes in tables to come.
    """

    def __init__(
        self,
        name: str,
        *,
        databases: Mapping[str, pulumi.Input[str]],
        teams: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`databases`: the stack's name → that in Glue; `teams`: name → the team's role, by ARN."""
        super().__init__("lakehouse:index:HybridAccess", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        for key, database in databases.items():
            # Without it Lake Formation decides for everybody. By default an account grants it to new databases, but a
            # stack that owns the account's settings, or their owner, may have turned that off.
            aws.lakeformation.Permissions(
                f"{name}-{key}-iam",
                principal=IAM_ALLOWED_PRINCIPALS,
                permissions=["ALL"],
                database=aws.lakeformation.PermissionsDatabaseArgs(name=database),
                opts=child,
            )
            for team, role_arn in teams.items():
                opt_in(f"{name}-{team}-{key}", role_arn=role_arn, database=database, opts=child)
        self.register_outputs({})


def opt_in(
    name: str, *, role_arn: pulumi.Input[str], database: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> list[aws.lakeformation.OptIn]:
    """Lake Formation decides for the role on a database, and on all its tables, present and future."""
    principal = aws.lakeformation.OptInPrincipalArgs(data_lake_principal_identifier=role_arn)
    return [
        aws.lakeformation.OptIn(f"{name}-{what}", principals=[principal], resource_datas=[resource], opts=opts)
        for what, resource in (("database", _database(database)), ("tables", _all_tables(database)))
    ]


def _database(name: pulumi.Input[str]) -> aws.lakeformation.OptInResourceDataArgs:
    return aws.lakeformation.OptInResourceDataArgs(database=aws.lakeformation.OptInResourceDataDatabaseArgs(name=name))


def _all_tables(database: pulumi.Input[str]) -> aws.lakeformation.OptInResourceDataArgs:
    return aws.lakeformation.OptInResourceDataArgs(
        table=aws.lakeformation.OptInResourceDataTableArgs(database_name=database, wildcard=True)
    )
