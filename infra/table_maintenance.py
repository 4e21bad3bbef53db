"""What keeps a streamed table quick to read: Glue's table optimizers, by a role that can do that and nothing else."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.iam_policy import Document, allow, document, granted_role, trusted

_LOGS = ("compaction", "retention", "orphan-file-deletion")
"""Glue's log groups are `/aws-glue/iceberg-<these>/logs` (Glue guide: "Table optimization prerequisites")."""

OPTIMIZERS = ("compaction", "retention", "orphan_file_deletion")
"""What optimizers there are (Glue API: TableOptimizer, type)."""


class OptimizerRole(pulumi.ComponentResource):
    """Who optimizers are: one role for all tables of the stack's databases."""

    arn: pulumi.Output[str]
    """Known once it can do its work."""

    def __init__(
        self,
        name: str,
        *,
        databases: Sequence[str],
        warehouse_arn: pulumi.Input[str],
        kms_key_arn: pulumi.Input[str],
        region: str,
        account_id: str,
        partition: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`databases`: by their names in Glue."""
        super().__init__("lakehouse:index:OptimizerRole", name, None, opts)
        self.arn = granted_role(
            name,
            description="Compacts the lake's tables, and removes what they no longer need",
            trust=trusted("glue.amazonaws.com"),
            policy=pulumi.Output.all(warehouse=warehouse_arn, kms_key=kms_key_arn).apply(
                lambda known: optimizer_policy(
                    databases, region=region, account_id=account_id, partition=partition, **known
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).arn
        self.register_outputs({"arn": self.arn})


class TableMaintenance(pulumi.ComponentResource):
    """Three optimizers of one table: compaction of small and deleted-from files, an end to old snapshots, and removal
    of files that no snapshot knows."""

    def __init__(
        self,
        name: str,
        *,
        database: str,
        table: pulumi.Input[str],
        role_arn: pulumi.Input[str],
        account_id: str,
        time_travel_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`table`: known once it exists, since Glue makes an optimizer for no other."""
        super().__init__("lakehouse:index:TableMaintenance", name, None, opts)
        for kind, configuration in optimizers(role_arn, time_travel_days).items():
            aws.glue.CatalogTableOptimizer(
                f"{name}-{kind.replace('_', '-')}",
                catalog_id=account_id,
                database_name=database,
                table_name=table,
                type=kind,
                configuration=configuration,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def optimizers(
    role_arn: pulumi.Input[str], time_travel_days: int
) -> dict[str, aws.glue.CatalogTableOptimizerConfigurationArgsDict]:
    """The configuration of each kind (Glue guide: "Optimizing Iceberg tables")."""
    return {
        "compaction": {
            "enabled": True,
            "role_arn": role_arn,
            "compaction_configuration": {"iceberg_configuration": {"strategy": "binpack"}},
        },
        "retention": {
            "enabled": True,
            "role_arn": role_arn,
            "retention_configuration": {
                "iceberg_configuration": {
                    "snapshot_retention_period_in_days": time_travel_days,
                    "number_of_snapshots_to_retain": 1,
                    "clean_expired_files": True,
                    # Thousands of snapshots come a day: once a day would let them pile up.
                    "run_rate_in_hours": 6,
                }
            },
        },
        "orphan_file_deletion": {
            "enabled": True,
            "role_arn": role_arn,
            "orphan_file_deletion_configuration": {
                # Files of a commit under way look like orphans: three days is longer than any.
                "iceberg_configuration": {"orphan_file_retention_period_in_days": 3}
            },
        },
    }


def optimizer_policy(
    databases: Sequence[str],
    *,
    warehouse: str,
    kms_key: str,
    region: str,
    account_id: str,
    partition: str,
) -> Document:
    """The role's IAM policy (Glue guide: "Table optimization prerequisites", by databases instead of everything)."""
    glue = f"arn:{partition}:glue:{region}:{account_id}"
    logs = f"arn:{partition}:logs:{region}:{account_id}:log-group"
    return document(
        allow(
            "Files",
            ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            [f"{warehouse}/{database}/*" for database in databases],
        ),
        allow("List", ["s3:ListBucket"], [warehouse]),
        allow(
            "Tables",
            ["glue:GetTable", "glue:UpdateTable"],
            [
                f"{glue}:catalog",
                *[f"{glue}:database/{database}" for database in databases],
                *[f"{glue}:table/{database}/*" for database in databases],
            ],
        ),
        allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [kms_key]),
        allow(
            "Logs",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [f"{logs}:/aws-glue/iceberg-{kind}/logs:*" for kind in _LOGS],
        ),
        # Credentials for a registered location come from Lake Formation; the action knows no resources.
        allow("LakeFormation", ["lakeformation:GetDataAccess"], ["*"]),
    )
