"""Which browser is taken for the tests of pages, and what is said when there is none."""

from pathlib import Path

import pytest

from bootstrap import browser, machine


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine that has the programs of this folder and no others."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(machine, "is_root", lambda: False)
    return tmp_path


def program(path: Path, script: str = "") -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", browser.PROGRAMS)
def test_any_chromium_will_do(path: Path, name: str) -> None:
    assert not browser.is_ready()
    program(path / name)
    assert browser.find({"PATH": str(path)}) == path / name
    assert browser.is_ready()


def test_it_is_installed_where_that_is_ours_to_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "is_root", lambda: True)
    program(path / "apt-get", f"echo $@ >> {path}/asked")
    program(path / "apt-cache", "echo '  Candidate: 1'")
    program(path / "dpkg", "exit 0")
    monkeypatch.setattr(machine, "STATE", path)
    browser.ensure()
    asked = (path / "asked").read_text().splitlines()
    assert asked[0].startswith("update")
    assert asked[1].startswith("install")
    assert asked[1].endswith("chromium fonts-liberation")


@pytest.mark.parametrize(
    ("manager", "remedy"), [("apt-get", "sudo apt-get install chromium"), ("dnf", "sudo dnf install chromium")]
)
def test_elsewhere_the_command_is_said_and_set_up_goes_on(
    path: Path, capsys: pytest.CaptureFixture[str], manager: str, remedy: str
) -> None:
    program(path / manager)
    browser.ensure()
    said = capsys.readouterr().err
    assert remedy in said
    assert "the tests of HTML pages in a browser are skipped" in said
