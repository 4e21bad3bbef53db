"""The scanners' environments: each made from its own lock, once, and whole or not at all."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from bootstrap import pip, scanners, stamps
from bootstrap.stamps import ROOT


class Pip:
    """In place of programs: records what is installed where, and can be interrupted in the middle."""

    def __init__(self) -> None:
        self.installed: list[str] = []
        self.interrupt_at: str | None = None

    def __call__(self, argv: list[str | Path], name: str, *_: object) -> None:
        if name == "venv":
            venv = Path(argv[-1])
            shutil.rmtree(venv, ignore_errors=True)
            (venv / "bin").mkdir(parents=True)
            (venv / "bin" / "python").touch(mode=0o755)
            return
        scanner = Path(argv[argv.index("--python") + 1]).parent.parent.name
        assert Path(argv[-1]).name == f"{scanner}.lock"
        assert "--require-hashes" in argv
        if self.interrupt_at == scanner:
            raise KeyboardInterrupt
        self.installed.append(scanner)


@pytest.fixture
def installer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pip:
    for name in ("LOCKS", "ENVIRONMENTS"):
        monkeypatch.setattr(scanners, name, tmp_path / name.lower())
    monkeypatch.setattr(stamps.digest, "__kwdefaults__", {"base": tmp_path})
    (tmp_path / "locks").mkdir()
    for name in ("one", "two"):
        (tmp_path / "locks" / f"{name}.lock").write_text(f"{name}==1 \\\n    --hash=sha256:{0:064d}\n")
    installer = Pip()
    monkeypatch.setattr(pip, "run", installer)
    return installer


def test_every_lock_is_installed_once_and_a_second_run_has_nothing_to_do(installer: Pip) -> None:
    assert not scanners.is_ready()
    scanners.ensure()
    assert scanners.is_ready()
    scanners.ensure()
    assert installer.installed == ["one", "two"]


def test_an_interruption_costs_the_one_under_way(installer: Pip) -> None:
    installer.interrupt_at = "two"
    with pytest.raises(KeyboardInterrupt):
        scanners.ensure()
    assert not scanners.is_ready()
    installer.interrupt_at = None
    scanners.ensure()
    assert scanners.is_ready()
    assert installer.installed == ["one", "two"]


def test_a_changed_lock_makes_its_environment_anew_and_no_other(installer: Pip) -> None:
    scanners.ensure()
    left = scanners.ENVIRONMENTS / "two" / "of-the-earlier-lock"
    left.touch()
    (scanners.LOCKS / "two.lock").write_text(f"two==2 \\\n    --hash=sha256:{0:064d}\n")
    assert not scanners.is_ready()
    scanners.ensure()
    assert scanners.is_ready()
    assert installer.installed == ["one", "two", "two"]
    assert not left.exists()


def test_an_update_that_is_interrupted_is_not_taken_for_done_when_the_lock_goes_back(installer: Pip) -> None:
    scanners.ensure()
    lock = scanners.LOCKS / "two.lock"
    before = lock.read_text()
    lock.write_text(before.replace("==1", "==2"))
    installer.interrupt_at = "two"
    with pytest.raises(KeyboardInterrupt):
        scanners.ensure()
    lock.write_text(before)
    assert not scanners.is_ready()


@pytest.mark.usefixtures("installer")
def test_a_copied_checkout_gets_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scanners.ensure()
    (tmp_path / "environments").rename(tmp_path / "moved")
    monkeypatch.setattr(scanners, "ENVIRONMENTS", tmp_path / "moved")
    assert not scanners.is_ready()


def test_every_lock_pins_what_pyproject_names_for_it() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert len(scanners.names()) >= 3
    for name in scanners.names():
        lock = (scanners.LOCKS / f"{name}.lock").read_text()
        for pinned in (requirement for requirement in groups[name] if "==" in requirement):
            assert re.search(rf"^{re.escape(pinned)} ", lock, re.MULTILINE), f"{name}.lock lacks {pinned}: make lock"
