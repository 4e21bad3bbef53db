from typing import Any

import pulumi
import pytest

from infra.access_account import AccessAccount
from infra.errors import ConfigurationError
from infra.settings.access import AccessSettings
from sandbox.cloud import DeclaredOnly
from tests.declared import Cloud, deploy

DEPLOYER = "arn:aws:iam::123456789012:role/deployer"
ADMIN = "arn:aws:iam::123456789012:role/admin"
BY_IAM = [{"permissions": ["ALL"], "principal": "IAM_ALLOWED_PRINCIPALS"}]
SHARED = {
    "tags": {"domain": {"values": ["orders"]}},
    "grants": [{"account": "210987654321", "tags": {"domain": ["orders"]}}],
}


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the account answers when asked for its settings."""
    answer: dict[str, Any] = {"parameters": {"CROSS_ACCOUNT_VERSION": "1"}}

    def invoke(_: DeclaredOnly, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        assert token == "aws:lakeformation/getDataLakeSettings:getDataLakeSettings"
        return arguments | answer

    monkeypatch.setattr(DeclaredOnly, "invoke", invoke)
    return answer


def account(**settings: Any) -> Cloud:
    parsed = AccessSettings.model_validate(settings)
    return deploy(lambda: AccessAccount("account", parsed, deployer_arn=DEPLOYER))


def refused(**settings: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        account(**settings)
    return str(error.value)


def test_a_stack_that_owns_the_settings_sets_administrators_and_no_default_permissions(state: dict[str, Any]) -> None:
    cloud = account(owns_account_settings=True, admins=[ADMIN, DEPLOYER])
    assert state
    assert cloud.inputs("aws:lakeformation/dataLakeSettings:DataLakeSettings", "account") == {
        "admins": [ADMIN, DEPLOYER],
        "parameters": {"CROSS_ACCOUNT_VERSION": "4"},
    }


def test_a_later_version_of_sharing_is_kept_since_it_cannot_be_lowered(state: dict[str, Any]) -> None:
    state["parameters"] = {"CROSS_ACCOUNT_VERSION": "5"}
    settings = account(owns_account_settings=True).inputs(
        "aws:lakeformation/dataLakeSettings:DataLakeSettings", "account"
    )
    assert settings["parameters"] == {"CROSS_ACCOUNT_VERSION": "5"}


def test_any_other_stack_leaves_the_account_alone() -> None:
    assert account().program.resources == ()


@pytest.mark.parametrize("key", ["createTableDefaultPermissions", "createDatabaseDefaultPermissions"])
def test_full_mode_is_refused_where_the_account_lets_iam_in(state: dict[str, Any], key: str) -> None:
    state[key] = BY_IAM
    message = refused(mode="full")
    assert message.startswith("Pulumi.test.yaml: config.flink-lakehouse:settings.access.mode: the account gives IAMAll")
    assert "set owns_account_settings" in message
    account(mode="hybrid")


def test_full_mode_is_refused_where_somebody_turned_the_defaults_on_again(state: dict[str, Any]) -> None:
    state["createTableDefaultPermissions"] = BY_IAM
    assert "'pulumi up --replace'" in refused(mode="full", owns_account_settings=True)


def test_sharing_by_tag_needs_a_version_that_can(state: dict[str, Any]) -> None:
    assert refused(**SHARED).startswith(
        "Pulumi.test.yaml: config.flink-lakehouse:settings.access.grants[0].account: sharing by LF-Tag needs cross-acc"
    )
    state["parameters"] = {"CROSS_ACCOUNT_VERSION": "4"}
    account(**SHARED)
    state["parameters"] = {"CROSS_ACCOUNT_VERSION": "1"}
    assert account(**SHARED, owns_account_settings=True).program.of_kind("DataLakeSettings")


def test_the_settings_outlive_the_stack(state: dict[str, Any]) -> None:
    assert state
    retained: dict[str, bool | None] = {}

    def look(resource: pulumi.ResourceTransformationArgs) -> None:
        retained[resource.type_] = resource.opts.retain_on_delete

    settings = AccessSettings(owns_account_settings=True)
    opts = pulumi.ResourceOptions(transformations=[look])
    deploy(lambda: AccessAccount("account", settings, deployer_arn=DEPLOYER, opts=opts))
    assert retained["aws:lakeformation/dataLakeSettings:DataLakeSettings"] is True
