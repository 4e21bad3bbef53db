"""The Python environment: done once, and mended after an interruption, without repeating what was finished."""

from pathlib import Path

import pytest

from bootstrap import environment, stamps
from bootstrap import pip as tools

LOCK = "# made by a tool\n" + "".join(f"package-{n}==1.{n} \\\n    --hash=sha256:{n:064d}\n" for n in range(25))


class Pip:
    """In place of programs: records what is asked for, and can be interrupted in the middle."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.installed: list[str] = []
        self.interrupt_at: str | None = None

    def __call__(self, argv: list[object], name: str, *_: object) -> None:
        if name == "venv":
            (environment.VENV / "bin").mkdir(parents=True, exist_ok=True)
            (environment.VENV / "bin" / "python").touch(mode=0o755)
        pins: list[str] = []
        if name == "pip":
            pins = [line.split()[0] for line in Path(str(argv[-1])).read_text().splitlines() if "==" in line]
        self.calls.append(name)
        if self.interrupt_at in (name, *pins):
            raise KeyboardInterrupt
        self.installed += pins


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pip:
    for name, path in {
        "ROOT": "",
        "VENV": ".venv",
        "LOCK": "lock",
        "PROJECT": "pyproject.toml",
        "STATE": "state",
    }.items():
        monkeypatch.setattr(environment, name, tmp_path / path)
    monkeypatch.setattr(environment, "_STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(environment, "_UNFINISHED", tmp_path / "state" / "unfinished")
    monkeypatch.setattr(stamps.digest, "__kwdefaults__", {"base": tmp_path})
    (tmp_path / "lock").write_text(LOCK)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    pip = Pip()
    monkeypatch.setattr(tools, "run", pip)
    return pip


def test_every_pin_is_installed_once_and_a_second_run_has_nothing_to_do(pip: Pip) -> None:
    assert not environment.is_ready()
    environment.ensure()
    assert environment.is_ready()
    assert pip.installed == [f"package-{n}==1.{n}" for n in range(25)]
    assert pip.calls == ["venv", "pip", "pip", "pip", "pip-project"]


def test_an_interrupted_installation_goes_on_with_the_batch_it_was_at(pip: Pip) -> None:
    pip.interrupt_at = "package-12==1.12"
    with pytest.raises(KeyboardInterrupt):
        environment.ensure()
    assert not environment.is_ready()
    pip.interrupt_at = None
    environment.ensure()
    assert environment.is_ready()
    assert pip.installed == [f"package-{n}==1.{n}" for n in range(25)]
    assert pip.calls.count("venv") == 1


def test_an_environment_whose_making_was_interrupted_is_made_anew(pip: Pip) -> None:
    pip.interrupt_at = "venv"
    with pytest.raises(KeyboardInterrupt):
        environment.ensure()
    pip.interrupt_at = None
    environment.ensure()
    assert pip.calls.count("venv") == 2
    assert environment.is_ready()


def test_a_changed_lock_updates_in_place_and_starts_over_when_that_is_interrupted(pip: Pip) -> None:
    environment.ensure()
    environment.LOCK.write_text(LOCK.replace("package-3==1.3", "package-3==2"))
    assert not environment.is_ready()
    pip.interrupt_at = "pip"
    with pytest.raises(KeyboardInterrupt):
        environment.ensure()
    assert pip.calls.count("venv") == 1
    pip.interrupt_at = None
    environment.ensure()
    assert pip.calls.count("venv") == 2
    assert environment.is_ready()


def test_a_changed_script_installs_the_project_alone(pip: Pip) -> None:
    environment.ensure()
    environment.PROJECT.write_text('[project]\nname = "x"\nscripts = {lakehouse = "sandbox.cli:main"}\n')
    pip.calls.clear()
    environment.ensure()
    assert pip.calls == ["pip-project"]


def test_an_environment_made_by_hand_is_brought_up_to_date_not_removed(pip: Pip) -> None:
    pip([], "venv")
    pip.calls.clear()
    environment.ensure()
    assert pip.calls == ["pip", "pip-project"]


def test_a_copied_checkout_gets_its_own_environment(pip: Pip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.ensure()
    (tmp_path / ".venv").rename(tmp_path / "moved")
    monkeypatch.setattr(environment, "VENV", tmp_path / "moved")
    monkeypatch.setattr(environment, "_STAMP", tmp_path / "moved" / "stamp")
    assert not environment.is_ready()
    environment.ensure()
    assert pip.calls.count("venv") == 2
