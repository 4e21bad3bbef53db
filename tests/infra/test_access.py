import json
from typing import Any

import pulumi
import pytest

from infra.access import Access
from infra.access_account import AccessAccount
from infra.access_location import location_policy
from infra.bucket import Bucket, expire_noncurrent
from infra.settings.access import AccessSettings
from sandbox.cloud import DeclaredOnly
from tests.declared import Cloud, deploy

ROLE = "arn:aws:iam::123456789012:role/lakehouse-analysts"
OTHER_ACCOUNT = "210987654321"
SETTINGS: dict[str, Any] = {
    "tags": {"domain": {"values": ["orders", "stock"], "key": "domain_dev"}, "level": {"values": ["open", "secret"]}},
    "grants": [
        {"team": "analysts", "tags": {"domain": ["orders"]}},
        {"account": OTHER_ACCOUNT, "tags": {"domain": ["stock", "orders"], "level": ["open"]}},
    ],
}


@pytest.fixture(autouse=True)
def an_account_that_shares_by_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    def invoke(*_: object) -> dict[str, Any]:
        return {"parameters": {"CROSS_ACCOUNT_VERSION": "4"}}

    monkeypatch.setattr(DeclaredOnly, "invoke", invoke)


def access(**changes: Any) -> Cloud:
    settings = AccessSettings.model_validate(SETTINGS | changes)

    def declare() -> None:
        warehouse = Bucket(
            "warehouse", kms_key_arn="arn:key", lifecycle_rules=[expire_noncurrent(1)], disposable=True
        ).names
        account = AccessAccount("account", settings, deployer_arn="arn:aws:iam::123456789012:role/deployer")
        Access(
            "access",
            settings,
            databases={"orders": "iceberg_orders", "plain": "iceberg_plain"},
            database_tags={"orders": {"domain": "orders", "level": "open"}, "plain": {}},
            teams={"analysts": ROLE},
            warehouse=warehouse,
            kms_key_arn="arn:key",
            region="eu-west-1",
            account_id="123456789012",
            partition="aws",
            opts=pulumi.ResourceOptions(depends_on=[account]),
        )

    return deploy(declare)


def declared(cloud: Cloud, kind: str) -> list[dict[str, Any]]:
    """The inputs of all resources of a kind, by name: those that need not wait for each other come in any order."""
    return [dict(each.inputs) for each in sorted(cloud.program.of_kind(kind), key=lambda each: each.name)]


def grants(cloud: Cloud, principal: str) -> list[dict[str, Any]]:
    return [each for each in declared(cloud, "Permissions") if each["principal"] == principal]


@pytest.mark.parametrize("mode", ["hybrid", "full"])
def test_the_warehouse_is_registered_with_a_role_of_its_own(mode: str) -> None:
    cloud = access(mode=mode)
    location = cloud.inputs("aws:lakeformation/resource:Resource", "access-location")
    (role,) = cloud.program.of_kind("Role")
    assert location == {
        "arn": "arn:aws:s3:::warehouse",
        "roleArn": role.outputs["arn"],
        "hybridAccessEnabled": mode == "hybrid",
    }
    (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "lakeformation.amazonaws.com"}
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:lakeformation:eu-west-1:123456789012:*"},
    }


def test_the_locations_role_reaches_the_warehouse_and_nothing_else() -> None:
    for statement in location_policy("arn:w", "arn:k")["Statement"]:
        assert set(statement["Resource"]) <= {"arn:w", "arn:w/*", "arn:k"}
        assert not any("*" in action for action in statement["Action"])


def test_tags_are_made_by_their_key_and_carried_by_the_databases() -> None:
    cloud = access()
    made = {each.inputs["key"]: each.inputs["values"] for each in cloud.program.of_kind("LfTag")}
    assert made == {"domain_dev": ["orders", "stock"], "level": ["open", "secret"]}
    carried = [(each["database"]["name"], each["lfTag"]) for each in declared(cloud, "ResourceLfTag")]
    assert carried == [
        ("iceberg_orders", {"key": "domain_dev", "value": "orders"}),
        ("iceberg_orders", {"key": "level", "value": "open"}),
    ]


def test_a_team_may_read_what_carries_the_tags_and_may_not_pass_it_on() -> None:
    expressions = [{"key": "domain_dev", "values": ["orders"]}]
    assert grants(access(), ROLE) == [
        {
            "principal": ROLE,
            "permissions": ["DESCRIBE"],
            "lfTagPolicy": {"resourceType": "DATABASE", "expressions": expressions},
        },
        {
            "principal": ROLE,
            "permissions": ["SELECT", "DESCRIBE"],
            "lfTagPolicy": {"resourceType": "TABLE", "expressions": expressions},
        },
    ]


def test_another_account_may_pass_on_what_it_reads_and_sees_the_tags() -> None:
    given = grants(access(), OTHER_ACCOUNT)
    assert all(each["permissionsWithGrantOptions"] == each["permissions"] for each in given)
    by_tag = {each["lfTagPolicy"]["resourceType"]: each for each in given if "lfTagPolicy" in each}
    assert by_tag["TABLE"]["permissions"] == ["SELECT", "DESCRIBE"]
    assert by_tag["TABLE"]["lfTagPolicy"]["expressions"] == [
        {"key": "domain_dev", "values": ["orders", "stock"]},
        {"key": "level", "values": ["open"]},
    ]
    assert [each["lfTag"] for each in given if "lfTag" in each] == [
        {"key": "domain_dev", "values": ["orders", "stock"]},
        {"key": "level", "values": ["open"]},
    ]


def test_the_order_of_grants_changes_nothing_and_saying_one_twice_neither() -> None:
    def by_name(cloud: Cloud) -> dict[str, Any]:
        return {each.name: dict(each.inputs) for each in cloud.program.of_kind("Permissions")}

    first, second = SETTINGS["grants"]
    assert by_name(access(grants=[second, first, first])) == by_name(access())


def test_in_hybrid_mode_teams_are_opted_in_to_every_database_and_all_others_go_by_iam() -> None:
    cloud = access(mode="hybrid")
    opted_in = declared(cloud, "OptIn")
    assert all(each["principals"] == [{"dataLakePrincipalIdentifier": ROLE}] for each in opted_in)
    assert [each["resourceDatas"] for each in opted_in] == [
        [{"database": {"name": "iceberg_orders"}}],
        [{"table": {"databaseName": "iceberg_orders", "wildcard": True}}],
        [{"database": {"name": "iceberg_plain"}}],
        [{"table": {"databaseName": "iceberg_plain", "wildcard": True}}],
    ]
    by_iam = grants(cloud, "IAM_ALLOWED_PRINCIPALS")
    assert [(each["database"], each["permissions"]) for each in by_iam] == [
        ({"name": "iceberg_orders"}, ["ALL"]),
        ({"name": "iceberg_plain"}, ["ALL"]),
    ]


def test_in_full_mode_nobody_is_let_in_by_iam() -> None:
    cloud = access(mode="full")
    assert cloud.program.of_kind("OptIn") == []
    assert grants(cloud, "IAM_ALLOWED_PRINCIPALS") == []


@pytest.mark.parametrize("mode", ["hybrid", "full"])
def test_nothing_comes_before_what_it_needs(mode: str) -> None:
    cloud = access(mode=mode, owns_account_settings=True)
    order = [each.kind for each in cloud.program.resources]
    assert order.index("BucketPolicy") < order.index("Resource")
    assert order.index("RolePolicy") < order.index("Resource")
    first_grant = min(order.index(kind) for kind in ("Permissions", "OptIn") if kind in order)
    for kind in ("Resource", "DataLakeSettings", "LfTag", "ResourceLfTag"):
        last = len(order) - 1 - order[::-1].index(kind)
        assert last < first_grant, kind
    settings = order.index("DataLakeSettings")
    assert settings < order.index("LfTag")
    assert settings < order.index("Resource")
