"""Set-up as a whole: what a user sees when it can't be done, is interrupted, or is under way already."""

import ast
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bootstrap import __main__ as entry
from bootstrap import cli, machine, stamps
from bootstrap.console import SetupError
from bootstrap.stamps import ROOT

DRIVER = """
import sys
from pathlib import Path
from bootstrap import java, machine
java._JVM_DIRECTORIES = ()
machine.is_root = lambda: False
machine.check_space = lambda needed: None
from bootstrap.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout in which nothing was set up."""
    root = tmp_path / "checkout"
    for name in ("bootstrap", "sandbox", "images/flink"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("target", "__pycache__"))
    for name in ("pyproject.toml", "requirements-dev.lock"):
        shutil.copy(ROOT / name, root)
    return root


def program(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def start(checkout: Path, *arguments: str) -> subprocess.Popen[str]:
    """Set-up on a machine that has the programs of `bin` and no others."""
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, *arguments],
        cwd=checkout,
        env={"PATH": str(checkout / "bin"), "HOME": str(checkout)},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_java_set_up_ends_with_the_command_to_run_and_changes_nothing(checkout: Path) -> None:
    program(checkout / "bin" / "apt-get", "exit 99")
    process = start(checkout)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.splitlines() == [
        "Missing: a JDK 17, Maven. Install that and run this again:",
        "    sudo apt-get install openjdk-17-jdk-headless maven",
    ]
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_ends_what_runs_and_says_so_in_one_line(checkout: Path, number: signal.Signals) -> None:
    install_maven_that_hangs(checkout)
    process = start(checkout, "java-tests")
    maven = started(checkout / "pid")
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said.splitlines()[-1] == "Interrupted: the next run goes on from here."
    assert "Traceback" not in said
    assert not psutil.pid_exists(maven)


def test_what_runs_ends_even_when_set_up_is_killed(checkout: Path) -> None:
    install_maven_that_hangs(checkout)
    process = start(checkout, "java-tests")
    maven = started(checkout / "pid")
    process.kill()
    process.communicate(timeout=60)
    deadline = time.monotonic() + 10
    while psutil.pid_exists(maven):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_second_set_up_waits_for_the_first(checkout: Path) -> None:
    program(checkout / "bin" / "apt-get", "exit 99")
    state = checkout / ".cache" / "setup"
    state.mkdir(parents=True)
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = start(checkout)
        assert process.stderr is not None
        assert process.stderr.readline() == "Waiting for another set-up of this checkout to end …\n"
        assert process.poll() is None
    _, said = process.communicate(timeout=60)
    assert said.startswith("Missing: a JDK 17")


@pytest.mark.parametrize("found", [("Darwin", "arm64", ""), ("Linux", "aarch64", "glibc"), ("Linux", "x86_64", "")])
def test_another_platform_is_named_with_what_is_needed(
    found: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.platform, "system", lambda: found[0])
    monkeypatch.setattr(machine.platform, "machine", lambda: found[1])
    monkeypatch.setattr(machine.platform, "libc_ver", lambda: (found[2], ""))
    with pytest.raises(SetupError, match=f"Linux .glibc. on x86-64.* This is {found[0]} on {found[1]}") as error:
        machine.check_platform()
    assert len(str(error.value).splitlines()) <= 3


def test_too_little_space_is_an_error_with_the_place_the_need_and_what_is_free(tmp_path: Path) -> None:
    needed = {tmp_path / "not" / "yet": 1e15, tmp_path: 1e15}
    with pytest.raises(SetupError, match=rf"needs 2000000\.0 GB of disk space at {tmp_path}, where .* are free"):
        machine.check_space(needed)


def test_an_error_of_the_system_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device", "/place")

    monkeypatch.setattr(cli, "set_up", full)
    assert cli.main([]) == 1
    assert capsys.readouterr().err == "Set-up failed: [Errno 28] No space left on device: '/place'\n"


@pytest.mark.parametrize(
    ("version", "ok"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False), ((2, 7), False)]
)
def test_pythons(version: tuple[int, int], ok: bool) -> None:
    assert entry.supported(version) is ok


def test_a_wrong_python_is_told_so_by_a_file_that_old_ones_can_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ast.parse(Path(entry.__file__).read_text(), feature_version=(3, 7))
    monkeypatch.setattr(entry, "OLDEST", (3, 99))
    monkeypatch.setattr(entry, "NEWEST", (3, 99))
    monkeypatch.setattr(entry, "find_other", lambda: None)
    assert entry.main() == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("This project needs Python 3.99 to 3.99; ")
    assert len(lines) == 2


def test_a_damaged_stamp_means_not_done(tmp_path: Path) -> None:
    stamps.write(tmp_path / "stamp", {"a": 1})
    assert stamps.read(tmp_path / "stamp") == {"a": 1}
    for damaged in ("", '{"a":', "[]"):
        (tmp_path / "stamp").write_text(damaged)
        assert stamps.read(tmp_path / "stamp") == {}


def test_the_digest_sees_names_and_contents(tmp_path: Path) -> None:
    def digest(**contents: str) -> str:
        for path in tmp_path.iterdir():
            path.unlink()
        for name, content in contents.items():
            (tmp_path / name).write_text(content)
        return stamps.digest(tmp_path.iterdir(), base=tmp_path)

    first = digest(a="1", b="2")
    assert first == digest(b="2", a="1")
    assert len({first, digest(a="2", b="1"), digest(a="12", b=""), digest(a="1", c="2")}) == 4


def test_make_alone_prints_its_verbs() -> None:
    said = subprocess.run(
        ["make"], cwd=ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=True
    )
    assert [line.split()[1] for line in said.stdout.splitlines()][:3] == ["help", "setup", "demo"]


@pytest.mark.parametrize(
    ("verb", "sets_up"), [("demo", set[str]()), ("test", {"scanners", "metastore", "browser", "java-tests"})]
)
def test_a_demo_fetches_nothing_that_tests_alone_need(verb: str, sets_up: set[str]) -> None:
    said = subprocess.run(
        ["make", "--dry-run", verb],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(re.findall(r"-m bootstrap ([\w-]+)", said.stdout)) == sets_up
    assert cli.METASTORE not in cli.WHAT["all"]


def install_maven_that_hangs(checkout: Path) -> None:
    """And a compiler; Maven tells its process id in the file `pid`."""
    program(checkout / "bin" / "javac", "echo javac 17.0.1")
    version = "[ $1 = --version ] && echo Apache Maven 3.9.9 && exit"
    program(checkout / "bin" / "mvn", f"{version}\necho $$ > {checkout}/pid\n{shutil.which('sleep')} 600")


def started(pid_file: Path) -> int:
    deadline = time.monotonic() + 30
    while not (pid_file.exists() and pid_file.read_text().strip()):
        assert time.monotonic() < deadline, "Maven was not started"
        time.sleep(0.05)
    return int(pid_file.read_text())
