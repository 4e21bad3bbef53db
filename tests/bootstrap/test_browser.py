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


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", browser.PROGRAMS)
def test_any_chromium_will_do(path: Path, name: str) -> None:
    assert not browser.is_ready()
    program(path / name)
    assert browser.find({"PATH": str(path)}) == path / name
    assert browser.is_ready()


def test_it_is_installed_where_that_is_ours_to_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(path / "apt-get")
    monkeypatch.setattr(machine, "is_root", lambda: True)
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(machine, "_apt", lambda _, verb, *arguments: asked.append((verb, *arguments)))
    monkeypatch.setattr(machine, "_available", lambda _, names: names[0])
    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: None)
    browser.ensure()
    assert asked[-1][0] == "install"
    assert asked[-1][-2:] == ("chromium", "fonts-liberation")


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
