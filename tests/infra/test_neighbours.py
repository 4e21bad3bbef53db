"""Stacks of one project that can't both have the same thing."""

from pathlib import Path

import pytest
import yaml

from infra.errors import ConfigurationError
from sandbox.program import read_settings
from tests.declared import PROJECT


def write_stack(
    folder: Path, stack: str, *, owns: bool = True, account: str | None = None, region: str = "eu-west-1"
) -> None:
    document = yaml.safe_load((PROJECT / "Pulumi.prod.yaml").read_text())
    settings = document["config"]["flink-lakehouse:settings"]
    settings["aws"] = {"region": region} | ({"account": account} if account else {})
    settings["access"]["owns_account_settings"] = owns
    (folder / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document))


def test_two_stacks_that_own_the_settings_of_one_account_are_an_error_that_names_both(tmp_path: Path) -> None:
    write_stack(tmp_path, "prod")
    write_stack(tmp_path, "staging")
    with pytest.raises(ConfigurationError) as error:
        read_settings(tmp_path, "prod")
    message = str(error.value)
    assert message.startswith("Pulumi.prod.yaml:")
    assert "access.owns_account_settings: Pulumi.staging.yaml owns the account's Lake Formation settings" in message
    assert "keep it in one of them" in message


@pytest.mark.parametrize(
    "other",
    [{"owns": False}, {"region": "us-east-1"}, {"account": "222222222222"}],
    ids=["claims nothing", "another region", "another account"],
)
def test_stacks_that_cannot_meet_are_fine(tmp_path: Path, other: dict[str, object]) -> None:
    write_stack(tmp_path, "prod", account="111111111111")
    write_stack(tmp_path, "staging", **other)  # pyright: ignore[reportArgumentType]
    assert read_settings(tmp_path, "prod").access.owns_account_settings


@pytest.mark.parametrize("broken", ["config: [", "config: {}", "- a", "config: {'flink-lakehouse:settings': {aws: 1}}"])
def test_a_broken_neighbour_is_not_this_stacks_mistake(tmp_path: Path, broken: str) -> None:
    write_stack(tmp_path, "prod")
    (tmp_path / "Pulumi.staging.yaml").write_text(broken)
    assert read_settings(tmp_path, "prod").access.owns_account_settings
