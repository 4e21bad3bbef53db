import os
from pathlib import Path

import pytest

from sandbox.flink.class_archive import ClassArchive, without_writing


@pytest.fixture
def jars(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in ("java", "a.jar", "b.jar")]
    for jar in found:
        jar.write_text(jar.name)
    return found


def archive(jars: list[Path], kind: str = "TM") -> ClassArchive:
    return ClassArchive(kind, jars[0], jars[1:], folder=jars[0].parent / "archives")


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


def of_version(jars: list[Path], version: int, kind: str = "TM") -> ClassArchive:
    jars[1].write_text(f"version {version}")
    os.utime(jars[1], (version, version))
    return archive(jars, kind)


def kept(jars: list[Path], version: int, kind: str = "TM") -> Path:
    """The archive that a process wrote with jars of this version, long ago, later ones after earlier ones."""
    by = of_version(jars, version, kind)
    written(by)
    by.keep(whole=True)
    file = archive_file(jars, version, kind)
    os.utime(file, (version, version))
    return file


def archive_file(jars: list[Path], version: int, kind: str = "TM") -> Path:
    (option, _) = of_version(jars, version, kind).options()
    return Path(option.removeprefix("-XX:SharedArchiveFile="))


def test_of_each_kind_those_used_last_are_kept(jars: list[Path]) -> None:
    other = kept(jars, 1, "JM")
    files = [kept(jars, version) for version in range(1, 9)]
    assert [file.exists() for file in files] == [False] * 2 + [True] * 6
    assert other.exists()


def test_one_that_is_used_again_is_kept_before_newer_ones(jars: list[Path]) -> None:
    first, second, *_ = [kept(jars, version) for version in range(1, 7)]
    of_version(jars, 1).options()
    kept(jars, 7)
    assert first.exists()
    assert not second.exists()


def test_one_that_another_process_removed_is_not_missed(jars: list[Path]) -> None:
    file = kept(jars, 1)
    by = of_version(jars, 1)
    file.unlink()
    assert by.options()[0] == f"-XX:SharedArchiveFile={file}"
    assert not file.exists()


def test_what_a_killed_process_left_is_removed_in_time(jars: list[Path]) -> None:
    old, new = written(archive(jars)), written(archive(jars))
    os.utime(old, (1, 1))
    kept(jars, 1)
    assert not old.exists()
    assert new.exists()


def test_a_further_process_of_the_kind_does_not_write(jars: list[Path]) -> None:
    assert without_writing(["java", *archive(jars).options(), "Main"]) == ["java", "-Xlog:cds*=off", "Main"]
