"""The jars of Java jobs (`jobs/<name>/pom.xml`), each built from its own folder and from what all of them share."""

from pathlib import Path

from bootstrap import flink, maven, stamps
from bootstrap.console import step
from bootstrap.java import Tools
from bootstrap.stamps import ROOT

JOBS = ROOT / "jobs"

_STAMP = "built-from.json"


def folders() -> list[Path]:
    return sorted(pom.parent for pom in JOBS.glob("*/pom.xml"))


def jar(folder: Path) -> Path:
    return folder / "target" / f"{folder.name}.jar"


def is_ready() -> bool:
    return all(is_built(folder) for folder in folders())


def is_built(folder: Path) -> bool:
    """Whether the job's jar is there, and made of its sources as they are now."""
    made = stamps.read(folder / "target" / _STAMP)
    return bool(made) and made == _stamp(folder)


def ensure(tools: Tools) -> None:
    """Build those that are not; `SetupError` with Maven's words when that fails."""
    for folder in folders():
        if is_built(folder):
            continue
        with step(f"The jar of jobs/{folder.name} (Maven)", done="built") as current:
            maven.run(tools, folder / "pom.xml", "package", "-DskipTests", step=current, name=f"job-{folder.name}")
        stamps.write(folder / "target" / _STAMP, _stamp(folder))


def test(tools: Tools) -> None:
    """The Java tests of all; `SetupError` when one fails."""
    for folder in folders():
        progress = maven.MavenProgress()
        with step(f"Java tests of jobs/{folder.name} (Maven)", done="passed") as current:
            name = f"verify-{folder.name}"
            maven.run(tools, folder / "pom.xml", "verify", step=current, name=name, progress=progress)
            current.update(f"{progress.tests} tests")
        stamps.write(folder / "target" / _STAMP, _stamp(folder))


def space() -> dict[Path, float]:
    return {ROOT: 0.01e9, Path.home() / ".m2": 0.1e9}


def _stamp(folder: Path) -> dict[str, str | int | None]:
    own = [folder / "pom.xml", *(path for path in (folder / "src").rglob("*") if path.is_file())]
    built = jar(folder)
    return {
        "job": stamps.digest(own, base=folder),
        "parent": stamps.digest([flink.POM]),
        "size": built.stat().st_size if built.exists() else None,
    }
