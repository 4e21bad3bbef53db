"""How a team of analysts queries: a role to assume, and an Athena workgroup whose settings no client can override."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.bucket import BucketNames
from infra.iam_policy import Document, document, granted_role
from infra.jobs import LakeTable
from infra.named_queries import queries_of
from infra.settings.access import TeamSettings
from infra.team_policy import team_policy
from infra.workgroup import athena_workgroup


class Team(pulumi.ComponentResource):
    """One workgroup: engine v3 (Iceberg time travel), encrypted results in the team's own place, a limit on what one
    query may scan; queries to start from; and the role that may use it and nothing else."""

    role_arn: pulumi.Output[str]
    """Known once the role can query; what it can read, Lake Formation says."""
    workgroup: pulumi.Output[str]
    results_location: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: TeamSettings,
        *,
        databases: Sequence[pulumi.Input[str]],
        tables: Sequence[LakeTable],
        results: BucketNames,
        kms_key_arn: pulumi.Input[str],
        region: str,
        account_id: pulumi.Input[str],
        partition: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`databases`: all of the lake, by their names in Glue; `tables`: those that the team's grants reach."""
        super().__init__("lakehouse:index:Team", name, None, opts)
        self._name = name
        workgroup = workgroup_of(name, settings)
        self.results_location = pulumi.Output.format("s3://{0}/{1}/", results.name, workgroup)
        self.workgroup = athena_workgroup(
            name,
            workgroup=workgroup,
            description=f"Queries of the team {name}",
            results_location=self.results_location,
            scan_limit_gib=settings.scan_limit_gib,
            kms_key_arn=kms_key_arn,
            force_destroy=disposable,
            child=pulumi.ResourceOptions(parent=self),
        )
        policy = pulumi.Output.all(
            databases=list(databases),
            results=pulumi.Output.format("{0}/{1}", results.arn, workgroup),
            kms_key=kms_key_arn,
            partition=partition,
            account=account_id,
        ).apply(lambda known: team_policy(workgroup, region=region, **known))
        self.role_arn = self._role(settings, policy, account_id, partition)
        for table in tables:
            self._named_queries(table)
        self.register_outputs({"role_arn": self.role_arn, "workgroup": self.workgroup})

    def _role(
        self,
        settings: TeamSettings,
        policy: pulumi.Output[Document],
        account_id: pulumi.Input[str],
        partition: pulumi.Input[str],
    ) -> pulumi.Output[str]:
        everybody = pulumi.Output.format("arn:{0}:iam::{1}:root", partition, account_id)
        return granted_role(
            f"lakehouse-{self._name}",
            description=f"Queries the lake for the team {self._name}",
            trust=everybody.apply(lambda arn: _trust(sorted(settings.principals) or [arn])),
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self),
        ).arn

    def _named_queries(self, table: LakeTable) -> None:
        for query in queries_of(table):
            aws.athena.NamedQuery(
                f"{self._name}-{table.database}-{table.name}-{query.title.replace(' ', '-')}",
                # Athena's limit is 128 characters.
                name=f"{query.title}: {table.name}"[:128],
                description=query.description,
                database=table.database,
                workgroup=self.workgroup,
                query=query.sql,
                opts=pulumi.ResourceOptions(parent=self),
            )


def workgroup_of(team: str, settings: TeamSettings) -> str:
    return settings.workgroup or team


def _trust(principals: list[str]) -> Document:
    return document({"Effect": "Allow", "Principal": {"AWS": principals}, "Action": "sts:AssumeRole"})
