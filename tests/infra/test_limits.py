"""What AWS would refuse in the middle of a deployment for its number or length: refused before, with what to do."""

import json
from typing import Any

import pytest

from infra.alarms import alarm_name
from infra.errors import ConfigurationError
from infra.settings import Settings, parse_settings
from infra.team_policy import team_policy

DATABASES = {"orders": {"name": "iceberg_orders"}}
VALUES = [f"value{number}" for number in range(60)]


def read(*, stack: str = "test", **changes: Any) -> Settings:
    document: dict[str, Any] = {"aws": {"region": "eu-west-1"}, "cluster": {"name": "test"}, "databases": DATABASES}
    return parse_settings(document | changes, stack=stack)


def refused(**changes: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        read(**changes)
    return str(error.value)


def role(number: int) -> str:
    return (
        f"arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Analyst_{number:016}"
    )


def grant(values: list[str], **grantee: str) -> dict[str, Any]:
    return {"tags": {"domain": values}, **grantee}


def shared(*grants: dict[str, Any]) -> dict[str, Any]:
    return {"tags": {"domain": {"values": VALUES}}, "grants": list(grants)}


def test_more_principals_than_a_trust_policy_holds() -> None:
    assert len(read(teams={"analysts": {"principals": [role(n) for n in range(15)]}}).teams) == 1
    said = refused(teams={"analysts": {"principals": [role(n) for n in range(30)]}})
    assert "teams.analysts.principals: 30 are too many for a role's trust policy" in said
    assert "name one role that all of them assume" in said


def test_more_values_of_a_tag_than_a_grant_holds() -> None:
    said = refused(access=shared(grant(VALUES, account="210987654321")))
    assert "access.grants[0].tags.domain: " in said
    assert "50" in said


def test_grants_that_each_fit_may_be_too_many_values_for_one_account() -> None:
    first, second = grant(VALUES[:40], account="210987654321"), grant(VALUES[30:], account="210987654321")
    assert "access.grants[1].tags.domain: with this the account 210987654321 would get 60 values" in refused(
        access=shared(first, second)
    )
    read(access=shared(first, second | {"account": "210987654322"}))


def test_a_value_that_stands_twice() -> None:
    assert "access.grants[0].tags.domain: " in refused(
        access=shared(grant(["value1", "value1"], account="210987654321"))
    )


def test_more_administrators_than_lake_formation_has() -> None:
    access = {"owns_account_settings": True, "admins": [f"arn:aws:iam::123456789012:role/{n}" for n in range(30)]}
    assert "access.admins: " in refused(access=access)


def named(count: int) -> dict[str, Any]:
    return {f"d{number}": {"name": f"a_database_of_number{number:03}"} for number in range(count)}


def test_more_databases_than_a_teams_policy_holds() -> None:
    said = refused(databases=named(60))
    assert "config.flink-lakehouse:settings.databases: 60 of them" in said


def test_as_many_databases_as_are_let_through_do_fit() -> None:
    most = max(count for count in range(1, 60) if _fits(count))
    names = [database.name for database in read(databases=named(most)).databases.values()]
    document = team_policy(
        "a-workgroup-with-quite-a-long-name-of-39",
        names,
        results=f"arn:aws-us-gov:s3:::{'r' * 63}",
        kms_key="arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/12345678-1234-1234-1234-123456789012",
        partition="aws-us-gov",
        region="us-gov-west-1",
        account="123456789012",
    )
    # IAM doesn't count white space.
    assert len(json.dumps(document, separators=(",", ":"))) <= 10_240
    assert most >= 30


def _fits(count: int) -> bool:
    try:
        read(databases=named(count))
    except ConfigurationError:
        return False
    return True


def test_a_description_longer_than_glue_takes() -> None:
    assert "databases.orders.description: " in refused(databases={"orders": {"name": "o", "description": "x" * 2049}})


@pytest.mark.parametrize("stack", ["prod.eu", "a" * 64])
def test_a_stack_whose_name_others_cannot_carry(stack: str) -> None:
    said = refused(stack=stack)
    assert said.startswith(f"Pulumi.{stack}.yaml: the stack '{stack}' cannot be called so")
    assert "pulumi stack rename" in said


def test_names_that_are_too_long_together_for_an_alarm() -> None:
    assert alarm_name("prod", "copy", "stale") == "flink-lakehouse-prod/copy/stale"
    with pytest.raises(ConfigurationError, match=r"jobs/copy: the alarm .* shorten the name of the table"):
        alarm_name("prod", "copy", "stale", f"{'d' * 128}.{'t' * 128}")
