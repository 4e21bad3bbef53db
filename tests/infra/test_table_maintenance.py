from fnmatch import fnmatch

import pulumi

from infra.table_maintenance import OptimizerRole, TableMaintenance, optimizer_policy
from tests.declared import Cloud, deploy

OPTIMIZER = "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"
POLICY = optimizer_policy(
    ["db"],
    warehouse="arn:aws:s3:::lake",
    kms_key="arn:key",
    region="eu-west-1",
    account_id="123456789012",
    partition="aws",
)


def maintained() -> Cloud:
    return deploy(
        lambda: TableMaintenance(
            "copy",
            database="db",
            table=pulumi.Output.from_input("copies"),
            role_arn="arn:role",
            account_id="123456789012",
            time_travel_days=2,
        )
    )


def test_a_table_is_compacted_rid_of_old_snapshots_and_of_orphans() -> None:
    cloud = maintained()
    made = {cloud.inputs(OPTIMIZER, name)["type"]: cloud.inputs(OPTIMIZER, name) for name in cloud.names(OPTIMIZER)}
    assert set(made) == {"compaction", "retention", "orphan_file_deletion"}
    for each in made.values():
        assert (each["databaseName"], each["tableName"]) == ("db", "copies")
        assert each["configuration"]["enabled"] is True
        assert each["configuration"]["roleArn"] == "arn:role"
    kept = made["retention"]["configuration"]["retentionConfiguration"]["icebergConfiguration"]
    assert kept["snapshotRetentionPeriodInDays"] == 2


def allowed(action: str, resource: str) -> bool:
    return any(
        action in statement["Action"] and any(fnmatch(resource, pattern) for pattern in statement["Resource"])
        for statement in POLICY["Statement"]
    )


def test_optimizers_reach_the_stacks_tables_and_nothing_else() -> None:
    glue = "arn:aws:glue:eu-west-1:123456789012"
    assert allowed("s3:DeleteObject", "arn:aws:s3:::lake/db/t/data/1.parquet")
    assert allowed("glue:UpdateTable", f"{glue}:table/db/t")
    assert not allowed("s3:GetObject", "arn:aws:s3:::lake/db2/t/data/1.parquet")
    assert not allowed("glue:UpdateTable", f"{glue}:table/db2/t")
    assert not allowed("glue:DeleteTable", f"{glue}:table/db/t")


def test_the_role_is_glues() -> None:
    cloud = deploy(
        lambda: OptimizerRole(
            "optimizers",
            databases=["db"],
            warehouse_arn="arn:aws:s3:::lake",
            kms_key_arn="arn:key",
            region="eu-west-1",
            account_id="123456789012",
            partition="aws",
        )
    )
    assert "glue.amazonaws.com" in cloud.inputs("aws:iam/role:Role", "optimizers")["assumeRolePolicy"]
