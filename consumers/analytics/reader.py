"""Who queries without being a person: a role of the team's own, in the team's workgroup, for a few of its tables."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from consumers.analytics.promised import Place
from consumers.analytics.settings import ReaderSettings
from infra.access_hybrid import opt_in
from infra.iam_policy import Document, document, granted_role, trusted
from infra.team_policy import team_policy

SCHEDULER = "scheduler.amazonaws.com"


class Reader(pulumi.ComponentResource):
    """IAM lets the role query in the workgroup, as it lets the team's; Lake Formation lets it read its tables and
    nothing else. To grant that, whoever deploys this is a Lake Formation administrator, as of the lakehouse itself."""

    role_arn: pulumi.Output[str]
    """Known once the role can query and read."""

    def __init__(
        self,
        name: str,
        settings: ReaderSettings,
        *,
        place: Place,
        scheduled: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`scheduled`: EventBridge Scheduler may take the role."""
        super().__init__("lakehouse-analytics:index:Reader", name, None, opts)
        databases = sorted({table.partition(".")[0] for table in settings.tables})
        role = granted_role(
            name,
            description="Queries some tables of the lakehouse",
            trust=_trust(settings.principals, place.account_id if scheduled else None),
            policy=team_policy(
                place.workgroup,
                databases,
                results=place.results_arn,
                kms_key=place.results_key_arn,
                partition=place.partition,
                region=place.region,
                account=place.account_id,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        access: list[pulumi.CustomResource] = [
            *[self._may_read(name, role.role.arn, table) for table in settings.tables],
            *[each for database in databases for each in self._may_see(name, role.role.arn, database, place.hybrid)],
        ]
        self.role_arn = pulumi.Output.all(role.arn, *[each.id for each in access]).apply(lambda known: str(known[0]))
        self.register_outputs({"role_arn": self.role_arn})

    def _may_read(self, name: str, role_arn: pulumi.Input[str], table: str) -> aws.lakeformation.Permissions:
        database, _, short = table.partition(".")
        return aws.lakeformation.Permissions(
            f"{name}-{database}-{short}",
            principal=role_arn,
            permissions=["SELECT", "DESCRIBE"],
            table=aws.lakeformation.PermissionsTableArgs(database_name=database, name=short),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _may_see(
        self, name: str, role_arn: pulumi.Input[str], database: str, hybrid: bool
    ) -> Sequence[pulumi.CustomResource]:
        child = pulumi.ResourceOptions(parent=self)
        described = aws.lakeformation.Permissions(
            f"{name}-{database}",
            principal=role_arn,
            permissions=["DESCRIBE"],
            database=aws.lakeformation.PermissionsDatabaseArgs(name=database),
            opts=child,
        )
        opted = opt_in(f"{name}-{database}", role_arn=role_arn, database=database, opts=child) if hybrid else []
        return [described, *opted]


def _trust(principals: Sequence[str], schedules_of: str | None) -> Document:
    statements: list[dict[str, Any]] = []
    if principals:
        statements.append({"Effect": "Allow", "Principal": {"AWS": sorted(principals)}, "Action": "sts:AssumeRole"})
    if schedules_of is not None:
        # Only for what is of this account: the scheduler acts for every customer (IAM user guide: "The confused deputy
        # problem").
        statements += trusted(SCHEDULER, condition={"StringEquals": {"aws:SourceAccount": schedules_of}})["Statement"]
    return document(*statements)
