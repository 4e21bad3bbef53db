"""The JDK that compiles the SQL runner and runs Flink, and the Maven that fetches its jars."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap import stamps
from bootstrap.console import SetupError, say
from bootstrap.machine import ensure_installed

SUITABLE = (17, 21)
"""What Flink 1.20 supports of the long-term releases that the SQL runner compiles on; the first is tried most."""

_JVM_DIRECTORIES = (Path("/usr/lib/jvm"), Path("/usr/java"), Path("/opt/java"))
_OLDEST_MAVEN = (3, 6, 3)

_JDK_PACKAGES = {
    "apt-get": "openjdk-17-jdk-headless|openjdk-21-jdk-headless",
    "dnf": "java-17-openjdk-devel",
    "zypper": "java-17-openjdk-devel",
    "pacman": "jdk17-openjdk",
    "brew": "openjdk@17",
}


@dataclass(frozen=True)
class Jdk:
    home: Path
    version: int


@dataclass(frozen=True)
class Tools:
    """What the Java side is built with."""

    jdk: Jdk
    maven: Path


def ensure_tools() -> Tools:
    """The JDK and Maven of this machine, installed first where that is for us to do; `SetupError` otherwise."""
    jdk, maven = find_jdk(os.environ), find_maven(os.environ)
    missing = [name for name, found in (("a JDK 17", jdk), ("Maven", maven)) if found is None]
    if missing:
        what = ", ".join(missing) + ("" if jdk else _but_found(os.environ))
        packages: dict[str, Sequence[str]] = {}
        for manager, name in _JDK_PACKAGES.items():
            packages[manager] = ([name] if jdk is None else []) + (["maven"] if maven is None else [])
        ensure_installed(what, packages)
        jdk, maven = find_jdk(os.environ), find_maven(os.environ)
    if jdk is None or maven is None:
        raise SetupError(f"Not found even after its installation: {', '.join(missing)}. Set JAVA_HOME and PATH.")
    asked = os.environ.get("JAVA_HOME")
    if asked and Path(asked).resolve() != jdk.home.resolve():
        say(f"JAVA_HOME={asked} is no JDK {' or '.join(map(str, SUITABLE))}: using {jdk.home}.")
    version = maven_version(maven, jdk)
    if version < _OLDEST_MAVEN:
        needed, found = (".".join(map(str, numbers)) for numbers in (_OLDEST_MAVEN, version))
        raise SetupError(f"Maven {needed} or newer is needed; {maven} is {found}. Put a newer one first on the PATH.")
    return Tools(jdk, maven)


def recorded_home() -> Path | None:
    """The JDK that an earlier set-up chose, as long as it is there."""
    home = stamps.read(stamps.STATE / "java.json").get("home")
    return Path(home) if home and os.access(Path(home) / "bin" / "java", os.X_OK) else None


def record(jdk: Jdk) -> None:
    stamps.write(stamps.STATE / "java.json", {"home": str(jdk.home)})


def find_jdk(environment: Mapping[str, str]) -> Jdk | None:
    """JAVA_HOME when that will do; else the most tried version among the PATH's and the usual directories."""
    found: list[Jdk] = []
    for home, asked in _candidates(environment):
        version = _compiler_version(home)
        if version in SUITABLE:
            if asked:
                return Jdk(home, version)
            found.append(Jdk(home, version))
    return min(found, key=lambda jdk: SUITABLE.index(jdk.version), default=None)


def find_maven(environment: Mapping[str, str]) -> Path | None:
    found = shutil.which("mvn", path=environment.get("PATH", os.defpath))
    return Path(found) if found else None


def maven_version(maven: Path, jdk: Jdk) -> tuple[int, ...]:
    """As it tells itself; `SetupError` when it does not."""
    env = {**os.environ, "JAVA_HOME": str(jdk.home)}
    told = subprocess.run([maven, "--version"], env=env, capture_output=True, text=True, check=False)
    match = re.search(r"Apache Maven (\d+)\.(\d+)\.(\d+)", told.stdout)
    if match is None:
        said = (told.stderr or told.stdout).strip().splitlines()[:1]
        raise SetupError("\n".join([f"{maven} does not run with the JDK at {jdk.home}:", *said]))
    return tuple(int(number) for number in match.groups())


def _candidates(environment: Mapping[str, str]) -> Iterator[tuple[Path, bool]]:
    """Possible homes of a JDK, and whether the user asked for it."""
    if asked := environment.get("JAVA_HOME"):
        yield Path(asked), True
    if compiler := shutil.which("javac", path=environment.get("PATH", os.defpath)):
        yield Path(compiler).resolve().parent.parent, False
    for directory in _JVM_DIRECTORIES:
        if directory.is_dir():
            yield from ((home, False) for home in sorted(directory.iterdir()) if not home.is_symlink())


def _compiler_version(home: Path) -> int | None:
    """The major version of the JDK there; None for a mere JRE, or nothing at all."""
    try:
        told = subprocess.run([home / "bin" / "javac", "-version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    match = re.match(r"javac (?:1\.)?(\d+)", told.stdout or told.stderr)
    return int(match[1]) if match else None


def _but_found(environment: Mapping[str, str]) -> str:
    """Which Java is there instead, as that is the first that the user will ask."""
    java = shutil.which("java", path=environment.get("PATH", os.defpath))
    if java is None:
        return ""
    version = _compiler_version(Path(java).resolve().parent.parent)
    return f" ({java} is {f'a JDK {version}' if version else 'a Java without a compiler'})"
