import json
from fnmatch import fnmatch
from typing import Any

import pulumi

from infra.bucket import BucketNames
from infra.job_manifest import Write
from infra.jobs import LakeTable
from infra.named_queries import queries_of
from infra.query import Team
from infra.settings.access import TeamSettings
from infra.team_policy import team_policy
from tests.declared import Cloud, deploy

TABLE = LakeTable("iceberg_orders", "lake", Write(table="orders.lake", key=["id"], freshness="1 min"))
POLICY = team_policy(
    "analysts",
    ["iceberg_orders"],
    results="arn:aws:s3:::results/analysts",
    kms_key="arn:key",
    partition="aws",
    region="eu-west-1",
    account="1",
)


def team(*, tables: list[LakeTable] | None = None, disposable: bool = False, **settings: Any) -> Cloud:
    def declare() -> None:
        results = BucketNames(pulumi.Output.from_input("results"), pulumi.Output.from_input("arn:aws:s3:::results"))
        Team(
            "analysts",
            TeamSettings.model_validate(settings),
            databases=["iceberg_orders"],
            tables=tables if tables is not None else [TABLE],
            results=results,
            kms_key_arn="arn:key",
            region="eu-west-1",
            account_id="123456789012",
            partition="aws",
            disposable=disposable,
        )

    return deploy(declare)


def test_no_client_can_override_the_workgroup() -> None:
    workgroup = team(workgroup="analysts-dev", scan_limit_gib=10).inputs("aws:athena/workgroup:Workgroup", "analysts")
    assert (workgroup["name"], workgroup["forceDestroy"]) == ("analysts-dev", False)
    configuration = workgroup["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["publishCloudwatchMetricsEnabled"] is True
    assert configuration["engineVersion"] == {"selectedEngineVersion": "Athena engine version 3"}
    assert configuration["bytesScannedCutoffPerQuery"] == 10 * 1024**3
    assert configuration["resultConfiguration"] == {
        "outputLocation": "s3://results/analysts-dev/",
        "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": "arn:key"},
    }


def test_a_workgroup_is_called_as_the_team_if_not_otherwise() -> None:
    cloud = team(disposable=True)
    workgroup = cloud.inputs("aws:athena/workgroup:Workgroup", "analysts")
    assert (workgroup["name"], workgroup["forceDestroy"]) == ("analysts", True)
    policy = json.loads(cloud.inputs("aws:iam/rolePolicy:RolePolicy", "lakehouse-analysts")["policy"])
    assert policy["Statement"][0]["Resource"] == ["arn:aws:athena:eu-west-1:123456789012:workgroup/analysts"]


def trusted(cloud: Cloud) -> Any:
    role = cloud.inputs("aws:iam/role:Role", "lakehouse-analysts")
    assert "name" not in role
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    return statement["Principal"]


def test_the_teams_principals_alone_may_assume_its_role() -> None:
    people = ["arn:aws:iam::123456789012:role/b", "arn:aws:iam::123456789012:role/a"]
    assert trusted(team(principals=people)) == {"AWS": sorted(people)}


def test_without_principals_the_accounts_iam_says_who_may() -> None:
    assert trusted(team()) == {"AWS": ["arn:aws:iam::123456789012:root"]}


def allowed(action: str, resource: str) -> bool:
    return any(
        action in statement["Action"] and any(fnmatch(resource, pattern) for pattern in statement["Resource"])
        for statement in POLICY["Statement"]
    )


def test_a_team_queries_in_its_workgroup_and_keeps_results_in_its_place() -> None:
    assert allowed("athena:StartQueryExecution", "arn:aws:athena:eu-west-1:1:workgroup/analysts")
    assert allowed("athena:GetNamedQuery", "arn:aws:athena:eu-west-1:1:workgroup/analysts")
    assert allowed("s3:PutObject", "arn:aws:s3:::results/analysts/1.csv")
    assert allowed("s3:GetObject", "arn:aws:s3:::results/catalogue.html")
    assert allowed("glue:GetTable", "arn:aws:glue:eu-west-1:1:table/iceberg_orders/lake")
    assert allowed("glue:GetDatabase", "arn:aws:glue:eu-west-1:1:database/default")
    assert allowed("lakeformation:GetDataAccess", "*")
    assert allowed("kms:Decrypt", "arn:key")


def test_a_team_reaches_nothing_else() -> None:
    for action, resource in (
        ("athena:StartQueryExecution", "arn:aws:athena:eu-west-1:1:workgroup/primary"),
        ("athena:StartQueryExecution", "arn:aws:athena:eu-west-1:1:workgroup/analysts2"),
        ("athena:UpdateWorkGroup", "arn:aws:athena:eu-west-1:1:workgroup/analysts"),
        ("s3:GetObject", "arn:aws:s3:::results/analysts2/1.csv"),
        ("s3:PutObject", "arn:aws:s3:::results/catalogue.html"),
        ("s3:GetObject", "arn:aws:s3:::results/catalogue.html2"),
        ("s3:GetObject", "arn:aws:s3:::warehouse/iceberg_orders/lake/data/1.parquet"),
        ("glue:GetTable", "arn:aws:glue:eu-west-1:1:table/another/t"),
        ("glue:UpdateTable", "arn:aws:glue:eu-west-1:1:table/iceberg_orders/lake"),
    ):
        assert not allowed(action, resource), (action, resource)


def test_only_what_knows_no_resources_is_allowed_on_all() -> None:
    everywhere = [action for each in POLICY["Statement"] if "*" in each["Resource"] for action in each["Action"]]
    assert everywhere == ["athena:ListDataCatalogs", "athena:ListWorkGroups", "lakeformation:GetDataAccess"]
    assert not any("*" in action for statement in POLICY["Statement"] for action in statement["Action"])


def test_each_table_that_the_team_may_read_has_its_queries() -> None:
    saved = [each.inputs for each in team().program.of_kind("NamedQuery")]
    assert {each["name"] for each in saved} == {
        "freshness: lake", "history: lake", "select: lake", "time travel: lake",
    }  # fmt: skip
    assert {(each["database"], each["workgroup"]) for each in saved} == {("iceberg_orders", "analysts")}
    assert {each["query"] for each in saved} == {query.sql for query in queries_of(TABLE)}
    assert team(tables=[]).program.of_kind("NamedQuery") == []


def test_a_long_tables_queries_have_names_that_athena_takes() -> None:
    long = LakeTable("iceberg_orders", "t" * 250, TABLE.write)
    assert {len(each.inputs["name"]) for each in team(tables=[long]).program.of_kind("NamedQuery")} == {128}
