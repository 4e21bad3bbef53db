"""Which JDK and Maven are taken, and what is said when there is none."""

import os
from pathlib import Path

import pytest

from bootstrap import java, machine
from bootstrap.console import SetupError


@pytest.fixture(autouse=True)
def no_java_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(java, "_JVM_DIRECTORIES", (tmp_path / "jvm",))
    monkeypatch.setattr(machine, "is_root", lambda: False)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()


def program(path: Path, output: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)
    return path


def jdk(home: Path, version: str) -> Path:
    program(home / "bin" / "javac", f"javac {version}")
    program(home / "bin" / "java", f'openjdk version "{version}"')
    return home


def test_17_is_preferred_to_21_wherever_they_are(tmp_path: Path) -> None:
    jdk(tmp_path / "jvm" / "a21", "21.0.2")
    seventeen = jdk(tmp_path / "jvm" / "b17", "17.0.15")
    assert java.find_jdk(os.environ) == java.Jdk(seventeen, 17)


def test_java_home_comes_first_when_it_will_do(tmp_path: Path) -> None:
    jdk(tmp_path / "jvm" / "b17", "17.0.15")
    asked = jdk(tmp_path / "mine", "21")
    assert java.find_jdk({"JAVA_HOME": str(asked)}) == java.Jdk(asked, 21)


@pytest.mark.parametrize("version", ["1.8.0_402", "11.0.22", "25"])
def test_another_version_is_not_taken(tmp_path: Path, version: str) -> None:
    jdk(tmp_path / "jvm" / "other", version)
    assert java.find_jdk(os.environ) is None


def test_a_runtime_without_a_compiler_is_not_taken_and_is_named(tmp_path: Path) -> None:
    home = tmp_path / "jre"
    program(home / "bin" / "java", 'openjdk version "17.0.15"')
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    with pytest.raises(SetupError, match=r"bin/java is a Java without a compiler"):
        java.ensure_tools()


@pytest.mark.parametrize(
    ("manager", "remedy"),
    [
        ("apt-get", "sudo apt-get install openjdk-17-jdk-headless maven"),
        ("dnf", "sudo dnf install java-17-openjdk-devel maven"),
        ("brew", "brew install openjdk@17 maven"),
    ],
)
def test_without_java_the_error_is_the_command_to_run(tmp_path: Path, manager: str, remedy: str) -> None:
    program(tmp_path / "bin" / manager, "")
    with pytest.raises(SetupError) as error:
        java.ensure_tools()
    assert str(error.value).splitlines() == [
        "Missing: a JDK 17, Maven. Install that and run this again:",
        f"    {remedy}",
    ]


def test_what_is_there_is_not_asked_for(tmp_path: Path) -> None:
    program(tmp_path / "bin" / "apt-get", "")
    jdk(tmp_path / "jvm" / "b17", "17.0.15")
    with pytest.raises(SetupError) as error:
        java.ensure_tools()
    assert str(error.value).splitlines()[-1].strip() == "sudo apt-get install maven"


def test_an_old_maven_is_named_with_its_version(tmp_path: Path) -> None:
    jdk(tmp_path / "jvm" / "b17", "17.0.15")
    program(tmp_path / "bin" / "mvn", "Apache Maven 3.6.0 (abc)")
    with pytest.raises(SetupError, match=r"Maven 3\.6\.3 or newer is needed; .*/bin/mvn is 3\.6\.0"):
        java.ensure_tools()


def test_java_home_that_will_not_do_is_said_and_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = jdk(tmp_path / "jvm" / "b17", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", str(jdk(tmp_path / "eleven", "11.0.2")))
    program(tmp_path / "bin" / "mvn", "Apache Maven 3.9.6 (abc)")
    assert java.ensure_tools().jdk.home == good
    assert capsys.readouterr().err == f"JAVA_HOME={tmp_path / 'eleven'} is no JDK 17 or 21: using {good}.\n"
