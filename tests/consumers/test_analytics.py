"""The project `consumers/analytics`, on the contract that the main program exports in the same run."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from infra.errors import ConfigurationError
from lakehouse.queries import check_query
from sandbox.cloud import Declared
from tests.consumers.consumed import ANALYTICS, STACK, Stacks, consume, copied
from tests.declared import Cloud, needed_by
from tests.lakehouse.contracts import TABLE, contract, document, table, team

ROLE = "aws:iam/role:Role"
PERMISSIONS = "aws:lakeformation/permissions:Permissions"
SCHEDULE = "aws:scheduler/schedule:Schedule"
ACCOUNT = "123456789012"


class Noting(Stacks):
    """Notes what is declared, also by a program that fails."""

    def __init__(self, **outputs: Any) -> None:
        super().__init__(**outputs)
        self.declared: list[str] = []

    def create(self, type_: str, name: str, inputs: dict[str, Any]) -> Declared:
        self.declared.append(f"{type_} {name}")
        return super().create(type_, name, inputs)


def refused(project: Path, message: str, exported: Any = None) -> str:
    """What it says when it fails, as it must, before anything is declared."""
    cloud = Noting(**{STACK: {"contract": document() if exported is None else exported}})
    with pytest.raises(ConfigurationError, match=message) as raised:
        consume(project, cloud=cloud)
    assert cloud.declared == []
    assert len(str(raised.value).splitlines()) <= 5
    return str(raised.value)


@pytest.fixture(scope="module")
def declared() -> Cloud:
    return consume()


def test_it_declares_a_reader_queries_a_report_and_a_budget(declared: Cloud) -> None:
    kinds = [each.kind for each in declared.program.resources]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "Role": 1, "RolePolicy": 1, "Permissions": 2, "OptIn": 2, "NamedQuery": 2, "Schedule": 1, "Budget": 1,
    }  # fmt: skip


def test_it_acts_in_the_lakehouses_account_and_region_alone() -> None:
    cloud = Noting(**{STACK: {"contract": document(region="eu-central-1", account="210987654321")}})
    run = consume(cloud=cloud)
    budget = run.inputs("aws:budgets/budget:Budget", "athena")
    assert {each["name"]: each["values"] for each in budget["costFilters"]} == {
        "Service": ["Amazon Athena"],
        "Region": ["eu-central-1"],
    }
    assert run.program.outputs["reader"]["region"] == "eu-central-1"
    (trusted,) = json.loads(run.inputs(ROLE, "reader")["assumeRolePolicy"])["Statement"]
    assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": "210987654321"}}


def statements(cloud: Cloud) -> dict[str, Any]:
    policy = json.loads(cloud.inputs("aws:iam/rolePolicy:RolePolicy", "reader")["policy"])
    return {each["Sid"]: each for each in policy["Statement"]}


def test_the_reader_queries_in_the_teams_workgroup_and_place(declared: Cloud) -> None:
    of_team = contract().teams["analysts"]
    found = statements(declared)
    assert found["Queries"]["Resource"] == [f"arn:aws:athena:eu-west-1:{ACCOUNT}:workgroup/{of_team.workgroup}"]
    bucket = of_team.results_location.split("/")[2]
    assert found["Results"]["Resource"] == [f"arn:aws:s3:::{bucket}/{of_team.workgroup}/*"]
    assert found["ResultsBucket"]["Resource"] == [f"arn:aws:s3:::{bucket}"]
    assert found["Key"]["Resource"] == [of_team.results_key_arn]


def test_lake_formation_lets_it_read_its_tables_and_nothing_else(tmp_path: Path) -> None:
    tables = {TABLE: table(), "iceberg_orders.more": table(), "stock.items": table(), "stock.others": table()}
    exported = document(tables=tables, teams={"analysts": team(tables=list(tables))})
    project = copied(tmp_path, reader={"tables": [TABLE, "stock.items"]})
    run = consume(project, contract=exported)
    granted = [each.inputs for each in run.program.of_kind("Permissions")]
    on_tables = {
        (each["table"]["databaseName"], each["table"]["name"]): each["permissions"]
        for each in granted
        if "table" in each
    }
    database, _, name = TABLE.partition(".")
    assert on_tables == {(database, name): ["SELECT", "DESCRIBE"], ("stock", "items"): ["SELECT", "DESCRIBE"]}
    on_databases = {each["database"]["name"]: each["permissions"] for each in granted if "database" in each}
    assert on_databases == {"iceberg_orders": ["DESCRIBE"], "stock": ["DESCRIBE"]}
    (role,) = run.program.of_kind("Role")
    assert {each["principal"] for each in granted} == {role.outputs["arn"]}


def test_in_hybrid_mode_it_is_opted_in_where_its_tables_are(declared: Cloud) -> None:
    opted = [each.inputs["resourceDatas"] for each in declared.program.of_kind("OptIn")]
    assert opted == [
        [{"database": {"name": "iceberg_orders"}}],
        [{"table": {"databaseName": "iceberg_orders", "wildcard": True}}],
    ]
    assert not consume(contract=document(access_mode="full")).program.of_kind("OptIn")


def test_named_principals_and_the_schedules_may_take_the_role(tmp_path: Path) -> None:
    people = ["arn:aws:iam::123456789012:role/dashboards", "arn:aws:iam::123456789012:role/app"]
    project = copied(tmp_path, reader={"tables": [TABLE], "principals": people})
    by_name, by_schedule = json.loads(consume(project).inputs(ROLE, "reader")["assumeRolePolicy"])["Statement"]
    assert by_name["Principal"] == {"AWS": sorted(people)}
    assert by_schedule["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert by_schedule["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_without_reports_no_schedule_may(tmp_path: Path) -> None:
    people = ["arn:aws:iam::123456789012:role/app"]
    project = copied(tmp_path, reader={"tables": [TABLE], "principals": people}, reports=None, budget=None)
    run = consume(project)
    (by_name,) = json.loads(run.inputs(ROLE, "reader")["assumeRolePolicy"])["Statement"]
    assert by_name["Principal"] == {"AWS": people}
    assert not run.program.of_kind("Schedule")
    assert not run.program.of_kind("Budget")


def test_every_query_is_saved_with_its_description(declared: Cloud) -> None:
    saved = {each.inputs["name"]: each.inputs for each in declared.program.of_kind("NamedQuery")}
    assert set(saved) == {path.stem for path in (ANALYTICS / "queries").glob("*.sql")}
    late = saved["late-orders"]
    assert late["description"] == "Orders of more than a week ago that have not arrived, the oldest first"
    assert (late["workgroup"], late["database"]) == ("analysts", "iceberg_orders")
    assert late["query"] == (ANALYTICS / "queries" / "late-orders.sql").read_text()


def test_a_report_asks_athena_by_itself_as_the_reader(declared: Cloud) -> None:
    schedule = declared.inputs(SCHEDULE, "orders-by-status")
    assert (schedule["scheduleExpression"], schedule["scheduleExpressionTimezone"]) == (
        "cron(0 6 * * ? *)",
        "Europe/Berlin",
    )
    target = schedule["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:athena:startQueryExecution"
    (role,) = declared.program.of_kind("Role")
    assert target["roleArn"] == role.outputs["arn"]
    asked = json.loads(target["input"])
    assert asked["WorkGroup"] == "analysts"
    assert asked["QueryExecutionContext"] == {"Catalog": "AwsDataCatalog", "Database": "iceberg_orders"}
    assert check_query(contract(), asked["QueryString"]).tables == {TABLE}


def test_a_report_starts_when_the_reader_may_read(declared: Cloud) -> None:
    """Not merely when the role is there."""
    (schedule,) = declared.program.of_kind("Schedule")
    access = {each.urn for kind in ("OptIn", "Permissions", "RolePolicy") for each in declared.program.of_kind(kind)}
    assert len(access) == 5
    assert access <= needed_by(schedule, declared.program)


def test_mails_come_before_the_bill_does(declared: Cloud) -> None:
    budget = declared.inputs("aws:budgets/budget:Budget", "athena")
    assert (budget["budgetType"], budget["limitAmount"], budget["limitUnit"], budget["timeUnit"]) == (
        "COST", "100", "USD", "MONTHLY",
    )  # fmt: skip
    mails = [(each["notificationType"], each["threshold"]) for each in budget["notifications"]]
    assert mails == [("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
    assert {tuple(each["subscriberEmailAddresses"]) for each in budget["notifications"]} == {("analysts@example.com",)}


def test_it_exports_how_the_reader_queries(declared: Cloud) -> None:
    (role,) = declared.program.of_kind("Role")
    assert declared.program.outputs == {
        "reader": {"role_arn": role.outputs["arn"], "workgroup": "analysts", "region": "eu-west-1"}
    }


def test_a_contract_of_a_newer_major_version_is_refused() -> None:
    refused(
        ANALYTICS, f"the contract of '{STACK}' is version 2.0.0, and this client reads 1.x", document(version="2.0.0")
    )


def test_fields_of_a_newer_minor_version_are_passed_over() -> None:
    later = document(version="1.99.0", lineage=[])
    assert consume(contract=later).program.outputs == consume().program.outputs


def test_an_older_contract_lacks_what_is_needed() -> None:
    older = document(version="1.1.0")
    del older["access_mode"], older["teams"]["analysts"]["results_key_arn"]
    refused(ANALYTICS, r"is 1\.1\.0, and this project needs 1\.2\.0.*: deploy the lakehouse", older)


def test_a_stack_without_a_contract_is_refused() -> None:
    cloud = Noting(**{STACK: {"vpc": "vpc-1"}})
    with pytest.raises(ConfigurationError, match=f"'{STACK}' has no output 'contract': it is no lakehouse"):
        consume(cloud=cloud)
    assert cloud.declared == []


def test_a_team_that_is_not_there_is_refused(tmp_path: Path) -> None:
    said = refused(copied(tmp_path, team="analyst"), "the stack 'prod' has no team 'analyst'; did you mean 'analysts'")
    assert said.startswith("Pulumi.prod.yaml:4: config.lakehouse-analytics:settings.team: ")


def test_a_table_that_is_gone_is_refused() -> None:
    renamed = document(tables={"iceberg_orders.enriched_orders": table()})
    said = refused(ANALYTICS, f"no table '{TABLE}'.*; did you mean 'iceberg_orders.enriched_orders'", renamed)
    assert "Pulumi.prod.yaml:8: config.lakehouse-analytics:settings.reader.tables[0]: " in said


def test_a_table_that_the_team_may_not_read_is_refused() -> None:
    closed = document(teams={"analysts": team(tables=[])})
    refused(ANALYTICS, rf"reader.tables\[0\]: the team 'analysts' may not read {TABLE}", closed)


def test_a_column_of_a_query_that_is_gone_is_refused() -> None:
    fewer = copy.deepcopy(document())
    columns = fewer["tables"][TABLE]["columns"]
    next(column for column in columns if column["name"] == "has_arrived")["name"] = "arrived"
    refused(
        ANALYTICS, r"^queries/late-orders\.sql: .*'has_arrived' could not be resolved.*; did you mean 'arrived'", fewer
    )


WRONG_QUERIES = [
    ("SELECT 1 FROM iceberg_orders.nope", "^queries/new.sql:1: the first line says what the query answers"),
    ("-- New\nSELECT 1 FROM iceberg_orders.nope", "^queries/new.sql: .*no table 'iceberg_orders.nope'"),
    ("-- New\nSELECT 1", "^queries/new.sql: it reads no table of the lakehouse"),
    (f"-- New\nOPTIMIZE {TABLE} REWRITE DATA USING BIN_PACK", "^queries/new.sql: .*is no query: SELECT"),
    (f"-- New\nSELECT FROM WHERE {TABLE}", "^queries/new.sql: not SQL as Athena has it"),
]


@pytest.mark.parametrize(("sql", "message"), WRONG_QUERIES)
def test_a_query_that_the_contract_cannot_answer_is_refused(tmp_path: Path, sql: str, message: str) -> None:
    refused(copied(tmp_path, {"new": sql}), message)


def test_a_query_of_a_table_that_the_team_may_not_read_is_refused(tmp_path: Path) -> None:
    exported = document(tables={TABLE: table(), "hr.salaries": table()})
    project = copied(tmp_path, {"pay": "-- Pay\nSELECT count(*) AS n FROM hr.salaries"})
    refused(project, "^queries/pay.sql: the team 'analysts' may not read hr.salaries", exported)


def test_a_report_of_a_table_that_the_reader_may_not_read_is_refused(tmp_path: Path) -> None:
    tables = {TABLE: table(), "stock.items": table()}
    exported = document(tables=tables, teams={"analysts": team(tables=list(tables))})
    project = copied(
        tmp_path,
        {"items": "-- All\nSELECT count(*) AS n FROM stock.items"},
        reports={"items": {"schedule": "rate(1 day)"}},
    )
    refused(project, r"reports\.items: queries/items.sql reads stock.items.*: add it to reader.tables", exported)


WRONG_SETTINGS: list[tuple[dict[str, Any], str]] = [
    ({"lakehouse": "prod"}, r"\.lakehouse: 'prod' is not a stack's whole name like"),
    (
        {"reports": {"order-by-status": {"schedule": "rate(1 day)"}}},
        "no queries/order-by-status.sql; did you mean 'orders-by-status'",
    ),
    ({"reports": {"late-orders": {"schedule": "daily"}}}, r"schedule: 'daily' is not a schedule like"),
    (
        {"reports": {"late-orders": {"schedule": "rate(1 day)", "timezone": "Europe/Berlni"}}},
        "did you mean 'Europe/Berlin'",
    ),
    ({"reader": {"tables": ["orders"]}}, r"reader.tables\[0\]: 'orders' is not a table like"),
    ({"reports": None}, r"reader.principals: missing; without reports, nobody could assume the role"),
    ({"budgets": {}}, r"unknown key; did you mean 'budget'"),
    ({"budget": {"monthly_usd": 0, "emails": ["a@b.c"]}}, "monthly_usd: .*greater than or equal to 1"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG_SETTINGS)
def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    assert "Pulumi.prod.yaml:" in refused(copied(tmp_path, **changes), message)
