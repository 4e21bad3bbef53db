"""Runs jobs' own main programs up to where each would start its job: what Flink makes of them. Nothing is connected.

The Java half is `sandbox/planner`; what a program is given stands in `planned_home.py`.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from bootstrap import stamps
from infra.errors import ConfigurationError
from infra.jobs import Job
from sandbox.flink.home import CHECKOUT, flink_distribution
from sandbox.flink.java import JAVA_17
from sandbox.flink.planned_home import PlannedHome
from sandbox.packages import NotSetUp, flink_jars, java_home

_SOURCES = CHECKOUT / "sandbox" / "planner"
_CLASSES = CHECKOUT / ".cache" / "planner"
_MAIN = "lakehouse.planner.Planner"
_SECONDS_A_JOB = 60
_OF_A_START = "  No job was started."
"""How the runner ends what it says against a script; here none was to be started."""


class NotPlanned(ConfigurationError):
    """What Flink, or the job itself, says against it."""


def planned(jobs: Mapping[str, Job]) -> dict[str, dict[str, Any] | NotPlanned]:
    """The plan of each job, as `sandbox/planner` writes it, or what stands against one; all in one JVM.

    Raises `NotPlanned` where the planner itself fails.
    """
    with tempfile.TemporaryDirectory(prefix="lakehouse-plan-") as name:
        homes = {job: _home(given, Path(name) / job) for job, given in jobs.items()}
        asked = Path(name) / "asked.json"
        asked.write_text(json.dumps([home.asked for home in homes.values() if isinstance(home, PlannedHome)]))
        classpath = f"{planner_classes()}:{flink_classpath()}"
        done = _run(["-cp", classpath, _MAIN, str(asked)], _SECONDS_A_JOB * len(jobs))
        return {job: _answer(job, home, done) if isinstance(home, PlannedHome) else home for job, home in homes.items()}


def _home(job: Job, folder: Path) -> PlannedHome | NotPlanned:
    try:
        return PlannedHome(job, folder)
    except (ConfigurationError, NotSetUp) as error:
        # Of one job: a Java job's jar, a Python job's environment.
        return NotPlanned(str(error))


def flink_classpath() -> str:
    """What every job has in /opt/flink/lib, ordered as Flink's scripts do it: the first of a class wins."""
    jars = [*(flink_distribution() / "lib").glob("*.jar"), *(flink_jars() / "lib").glob("*.jar")]
    return ":".join(str(jar.resolve()) for jar in sorted(jars, key=lambda jar: jar.name))


def _run(arguments: list[str], seconds: int) -> subprocess.CompletedProcess[str]:
    java = [str(java_home() / "bin" / "java"), "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", *JAVA_17]
    command = [*java, f"-Dlog4j2.configurationFile={_SOURCES / 'log4j2.properties'}", *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise NotPlanned(f"Flink's planner gave no answer within {seconds} s") from None


def _answer(job: str, home: PlannedHome, done: subprocess.CompletedProcess[str]) -> dict[str, Any] | NotPlanned:
    if home.plan.exists():
        return cast(dict[str, Any], json.loads(home.plan.read_text()))
    said = [line for line in home.termination_log.read_text().splitlines() if not line.startswith(_OF_A_START)]
    if said := "\n".join(said).strip():
        return NotPlanned(f"jobs/{job}/{said}" if said.startswith("job.") else f"jobs/{job}: {said}")
    trace = home.failure.read_text() if home.failure.exists() else done.stderr
    causes = [line.removeprefix("Caused by: ") for line in trace.splitlines() if line.startswith("Caused by: ")]
    said = causes[-1] if causes else next(iter(trace.strip().splitlines()), f"exit code {done.returncode}")
    return NotPlanned(f"jobs/{job}: Flink cannot plan it: {said}")


def planner_classes() -> Path:
    """The planner's classes, compiled once for each state of its sources."""
    sources = sorted(_SOURCES.rglob("*.java"))
    services = sorted((_SOURCES / "META-INF" / "services").iterdir())
    folder = _CLASSES / stamps.digest([*sources, *services], base=_SOURCES)[:16]
    if folder.exists():
        return folder
    _CLASSES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_CLASSES) as name:
        made = Path(name) / "classes"
        (made / "META-INF" / "services").mkdir(parents=True)
        for file in services:
            (made / "META-INF" / "services" / file.name).write_text(file.read_text())
        # The first option lets it use what the JDK calls its own; the annotations of the jars have processors.
        quiet = ["-XDignore.symbol.file", "-proc:none", "-nowarn"]
        subprocess.run(
            [java_home() / "bin" / "javac", *quiet, "-cp", flink_classpath(), "-d", made, *sources], check=True
        )
        try:
            made.rename(folder)
        except OSError:
            # Another process was there first, with the same.
            if not folder.exists():
                raise
    return folder
