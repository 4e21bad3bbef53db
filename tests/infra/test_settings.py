import shutil
from pathlib import Path

import pytest
import yaml

from infra.errors import ConfigurationError
from infra.settings import Settings
from sandbox.program import read_settings
from tests.declared import PROJECT, STACKS, settings


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_file_is_valid_and_holds_no_default(stack: str) -> None:
    text = (PROJECT / f"Pulumi.{stack}.yaml").read_text()
    given = yaml.safe_load(text)["config"]["flink-lakehouse:settings"]
    assert read_settings(PROJECT, stack).model_dump(exclude_defaults=True) == given


def broken(tmp_path: Path, old: str, new: str) -> str:
    """What is said of the sandbox's stack file with one thing changed."""
    file = tmp_path / "Pulumi.sandbox.yaml"
    shutil.copy(PROJECT / file.name, file)
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(ConfigurationError) as error:
        read_settings(tmp_path, "sandbox")
    message = str(error.value)
    assert 1 <= len(message.splitlines()) <= 5
    return message


def test_a_misspelt_key_is_named_with_file_line_path_and_the_nearest_key(tmp_path: Path) -> None:
    message = broken(tmp_path, "checkpoint_interval:", "checkpoint_intervall:")
    line = (tmp_path / "Pulumi.sandbox.yaml").read_text().splitlines().index("      checkpoint_intervall: 1s") + 1
    assert message == (
        f"Pulumi.sandbox.yaml:{line}: config.flink-lakehouse:settings.flink.checkpoint_intervall: "
        "unknown key; did you mean 'checkpoint_interval'?"
    )


def test_a_misspelt_key_inside_a_map_is_found_too(tmp_path: Path) -> None:
    assert "sources.erpdb.secrte: unknown key; did you mean 'secret'?" in broken(
        tmp_path, "secret: sandbox/mysql", "secrte: sandbox/mysql"
    )


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    assert "settings.aws.region: this key is missing" in broken(
        tmp_path, "region: eu-west-1", "account: '123456789012'"
    )


def test_a_value_that_flink_cannot_parse_is_shown(tmp_path: Path) -> None:
    assert "'1 second' is not a duration" in broken(
        tmp_path, "checkpoint_interval: 1s", "checkpoint_interval: 1 second"
    )


def test_what_is_no_yaml_is_placed(tmp_path: Path) -> None:
    assert "Pulumi.sandbox.yaml:4: not valid YAML" in broken(
        tmp_path, "  flink-lakehouse:settings:", "  - a\n  b: c: d"
    )


def test_many_mistakes_still_fit_in_five_lines(tmp_path: Path) -> None:
    message = broken(tmp_path, "region: eu-west-1", "a: 1\n      b: 1\n      c: 1\n      d: 1\n      e: 1\n      f: 1")
    assert message.splitlines()[-1].endswith("and 3 more")


def test_a_stack_without_file_is_answered_with_the_nearest(tmp_path: Path) -> None:
    shutil.copy(PROJECT / "Pulumi.sandbox.yaml", tmp_path)
    with pytest.raises(ConfigurationError, match=r"Pulumi\.sandbxo\.yaml: no such stack file; did you mean 'sandbox'"):
        read_settings(tmp_path, "sandbxo")


def test_a_stack_file_without_settings_says_which_key_is_missing(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.x.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    with pytest.raises(ConfigurationError, match=r"Pulumi\.x\.yaml: config\.flink-lakehouse:settings is missing"):
        read_settings(tmp_path, "x")


def test_two_databases_cannot_share_a_name_in_glue() -> None:
    with pytest.raises(ValueError, match="share the Glue name 'same'"):
        settings(databases={"a": {"name": "same"}, "b": {"name": "same"}})


def test_last_state_needs_high_availability() -> None:
    with pytest.raises(ValueError, match="high_availability"):
        settings(flink={"upgrade_mode": "last-state", "high_availability": False})


def test_a_source_cannot_hide_the_lakes_databases() -> None:
    with pytest.raises(ValueError, match="cannot be called 'database'"):
        settings(sources={"database": {"engine": "mysql", "secret": "s", "database": "d"}})


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().aws = Settings.model_validate(settings().model_dump()).aws  # pyright: ignore[reportAttributeAccessIssue]
