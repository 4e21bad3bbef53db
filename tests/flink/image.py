"""Java programs with the classes that the image has in lib/: Flink's own and those of images/flink/pom.xml."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.flink.home import flink_distribution
from sandbox.packages import flink_jars, java_home

_HERE = Path(__file__).parent


def jars() -> list[Path]:
    """As Flink's scripts order them: by name, and the first of a class wins."""
    found = [*(flink_distribution() / "lib").glob("*.jar"), *(flink_jars() / "lib").glob("*.jar")]
    return sorted(found, key=lambda jar: jar.name)


def run(
    program: str, *arguments: str | Path, environment: Mapping[str, str] | None = None, more: Sequence[Path] = ()
) -> subprocess.CompletedProcess[str]:
    """`program`: a source file beside this one, or the name of a class; `more`: further jars."""
    source = _HERE / program
    logging = _HERE / "log4j2.properties"
    return subprocess.run(
        [
            *[java_home() / "bin" / "java", "-XX:TieredStopAtLevel=1", "-Xmx1g"],
            *[f"-Dlog4j2.configurationFile={logging}", "-cp", ":".join(str(jar) for jar in [*jars(), *more])],
            *[source if source.exists() else program, *arguments],
        ],
        env={"PATH": os.environ["PATH"], **(environment or {})},
        capture_output=True,
        text=True,
        timeout=240,
    )


@dataclass(frozen=True)
class Answer:
    """What Flink makes of a script: one of both."""

    plan: str = ""
    error: str = ""


def plan(scripts: Mapping[str, Sequence[str]], folder: Path) -> dict[str, Answer]:
    """Each script, by its name, as its statements; `folder` takes their files."""
    for name, statements in scripts.items():
        (folder / name).mkdir(parents=True)
        for index, statement in enumerate(statements):
            (folder / name / f"{index:03}.sql").write_text(statement)
    done = run("Plan.java", folder)
    assert done.returncode == 0, done.stderr
    return {name: Answer(_text(folder / name / "plan"), _text(folder / name / "error")) for name in scripts}


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
