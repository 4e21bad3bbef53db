"""Lake Formation for one job: what it may make, who may tend its tables, and the tags that they carry."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.access_rules import lf_tags
from infra.jobs import LakeTable
from infra.settings.access import AccessSettings


class JobGrants(pulumi.ComponentResource):
    """What a job's role needs of Lake Formation before the job makes its tables.

    In both modes the right to make tables at the places of exactly its own (Lake Formation developer guide: "Hybrid
    access mode considerations and limitations", CreateTable). In `full` mode also to make tables in their databases:
    without it the answer to whether a table exists is "access denied". Whoever makes a table has all rights on it, so
    nothing is granted on the tables: it would be revoked before a job that goes has made its last commit.
    """

    def __init__(
        self,
        name: str,
        settings: AccessSettings,
        *,
        role_arn: pulumi.Input[str],
        tables: Sequence[LakeTable],
        warehouse_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:JobGrants", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        for table in tables:
            place = pulumi.Output.format("{0}/{1}/{2}", warehouse_arn, table.database, table.name)
            aws.lakeformation.Permissions(
                f"{name}-{table.database}-{table.name}-location",
                principal=role_arn,
                permissions=["DATA_LOCATION_ACCESS"],
                data_location=aws.lakeformation.PermissionsDataLocationArgs(arn=place),
                opts=child,
            )
        databases = sorted({table.database for table in tables}) if settings.mode == "full" else []
        for database in databases:
            aws.lakeformation.Permissions(
                f"{name}-{database}",
                principal=role_arn,
                permissions=["CREATE_TABLE", "DESCRIBE"],
                database=aws.lakeformation.PermissionsDatabaseArgs(name=database),
                opts=child,
            )
        self.register_outputs({})


TEND = ("ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT")
READ = ("DESCRIBE", "SELECT")


class TableGrants(pulumi.ComponentResource):
    """In `full` mode: lets a role that did not make the tables `TEND` them, as table optimizers do, or `READ` them. The
    tables must exist. In `hybrid` mode there is nothing to grant: IAM decides."""

    def __init__(
        self,
        name: str,
        settings: AccessSettings,
        *,
        role_arn: pulumi.Input[str],
        tables: Sequence[LakeTable],
        permissions: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:TableGrants", name, None, opts)
        for table in tables:
            if settings.mode == "hybrid":
                continue
            aws.lakeformation.Permissions(
                f"{name}-{table.database}-{table.name}",
                principal=role_arn,
                permissions=list(permissions),
                table=aws.lakeformation.PermissionsTableArgs(database_name=table.database, name=table.name),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


class TableTags(pulumi.ComponentResource):
    """The LF-Tags of a job's tables beyond those of their databases. The tables must exist, so the job runs by then.

    A tag stays with its table when the job goes: a table that lost `sensitivity=personal` with its job would fall back
    to what its database says, and be read by whom that suits.
    """

    def __init__(
        self,
        name: str,
        settings: AccessSettings,
        *,
        tables: Sequence[LakeTable],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:TableTags", name, None, opts)
        for table in tables:
            for key, value in lf_tags(table.write.tags, settings).items():
                aws.lakeformation.ResourceLfTag(
                    f"{name}-{table.database}-{table.name}-{key}",
                    table=aws.lakeformation.ResourceLfTagTableArgs(database_name=table.database, name=table.name),
                    lf_tag=aws.lakeformation.ResourceLfTagLfTagArgs(key=key, value=value),
                    opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
                )
        self.register_outputs({})
