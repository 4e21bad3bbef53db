"""The contract by the Pulumi CLI, whose place here a script takes; it says what CLI 3.260 said when it was tried."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lakehouse import ContractError, Lakehouse
from tests.lakehouse.contracts import TABLE, document

STACK = "acme/flink-lakehouse/prod"
Cli = Callable[..., Path]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Puts a `pulumi` on the PATH, and nothing else, that writes its arguments into a file and answers so."""

    def put(stdout: str = "", stderr: str = "", code: int = 0) -> Path:
        (tmp_path / "stdout").write_text(stdout)
        (tmp_path / "stderr").write_text(stderr)
        script = tmp_path / "pulumi"
        script.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\n'
            f"/bin/cat {tmp_path}/stderr >&2\n/bin/cat {tmp_path}/stdout\nexit {code}\n"
        )
        script.chmod(0o755)
        return tmp_path / "arguments"

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return put


def test_the_stacks_output_is_asked_for(cli: Cli) -> None:
    arguments = cli(json.dumps(document()))
    assert Lakehouse.from_stack(STACK).tables == [TABLE]
    assert arguments.read_text().split() == [
        "stack", "output", "contract", "--json", "--non-interactive", "--stack", STACK,
    ]  # fmt: skip


SAID = [
    ("error: no stack named 'acme/flink-lakehouse/prod' found", "no stack named.*\n.*'pulumi stack ls --all'"),
    ("error: organization name must be 'organization'", "the organization is called 'organization'"),
    (
        "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
        "log in to where the stacks' state is: 'pulumi login'",
    ),
    ("error: current stack does not have output property 'contract'", "never deployed, or is no stack of Flink"),
    (
        "error: no Pulumi.yaml project file found; either run this command from a directory containing a Pulumi "
        "project, or pass the fully qualified stack name (organization/project/stack)",
        "write the whole name",
    ),
    ("warning: a new version\nerror: the network is down", f"no contract of the stack '{STACK}'; it says: the network"),
]


@pytest.mark.parametrize(("said", "message"), SAID)
def test_why_there_is_none_is_said_with_the_remedy(cli: Cli, said: str, message: str) -> None:
    cli(stderr=said + "\n", code=255)
    with pytest.raises(ContractError, match=message):
        Lakehouse.from_stack(STACK)


@pytest.mark.usefixtures("cli")
def test_without_the_cli_a_file_does() -> None:
    with pytest.raises(ContractError, match=r"CLI is not installed.*\n.*Lakehouse\.from_file") as raised:
        Lakehouse.from_stack(STACK)
    assert f"pulumi stack output contract --json --non-interactive --stack {STACK} > contract.json" in str(raised.value)


def test_a_newer_major_version_names_the_stack(cli: Cli) -> None:
    cli(json.dumps(document(version="2.0.0")))
    with pytest.raises(ContractError, match=f"the contract of '{STACK}' is version 2.0.0, and this client reads 1.x"):
        Lakehouse.from_stack(STACK)


def test_an_answer_that_is_no_json_is_shown(cli: Cli) -> None:
    cli("Current stack outputs (1):")
    with pytest.raises(ContractError, match=r"not JSON: 'Current stack outputs"):
        Lakehouse.from_stack(STACK)
