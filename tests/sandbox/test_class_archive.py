from pathlib import Path

import pytest

from sandbox.flink.class_archive import ClassArchive, without_writing


@pytest.fixture
def jars(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in ("java", "a.jar", "b.jar")]
    for jar in found:
        jar.write_text(jar.name)
    return found


def archive(jars: list[Path]) -> ClassArchive:
    return ClassArchive("TM", jars[0], jars[1:], folder=jars[0].parent / "archives")


def written(by: ClassArchive) -> Path:
    (option,) = [option for option in by.options() if option.startswith("-XX:ArchiveClassesAtExit=")]
    file = Path(option.partition("=")[2])
    file.touch()
    return file


def test_the_first_process_writes_and_the_next_uses_it(jars: list[Path]) -> None:
    first = archive(jars)
    written(first)
    first.keep(whole=True)
    assert any(option.startswith("-XX:SharedArchiveFile=") for option in archive(jars).options())


def test_half_an_archive_is_dropped(jars: list[Path]) -> None:
    first = archive(jars)
    file = written(first)
    first.keep(whole=False)
    assert not file.exists()
    assert not archive(jars).complete


def test_other_jars_have_another_archive(jars: list[Path]) -> None:
    first = archive(jars)
    written(first)
    first.keep(whole=True)
    jars[1].write_text("a new version")
    assert not archive(jars).complete


def test_a_further_process_of_the_kind_does_not_write(jars: list[Path]) -> None:
    assert without_writing(["java", *archive(jars).options(), "Main"]) == ["java", "-Xlog:cds*=off", "Main"]
