"""The command line by itself, without a sandbox; with one: tests/end_to_end."""

import subprocess
import sys

import pytest

from tests.declared import PROJECT


def lakehouse(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox.cli", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60)


def test_help_names_every_command() -> None:
    shown = lakehouse("--help")
    assert shown.returncode == 0
    asks = ("query", "sql", "docs", "check", "plan", "impact", "logs", "status")
    changes = ("up", "scale", "changes", "savepoint", "upgrade", "rewind", "maintain", "down", "demo")
    for command in (*asks, *changes):
        assert f"│ {command} " in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("upp",), "Did you mean 'up'?"),
        (("up", "--orders", "many"), "--orders"),
        (("query",), "sql"),
        (("up", "-x"), "-x"),
        (("up", "--ha", "etcd"), "'etcd' is not one of 'zookeeper'"),
        (("docs", "--to", "x"), "--to"),
        (("scale", "0"), "Invalid value for 'N'"),
    ],
)
def test_a_mistake_in_the_command_line_is_explained(arguments: tuple[str, ...], said: str) -> None:
    shown = lakehouse(*arguments)
    assert shown.returncode == 2
    assert said in shown.stderr
    assert "Traceback" not in shown.stderr
