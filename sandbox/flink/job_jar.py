"""The jar of a Java job, as set-up built it from the job's folder."""

import zipfile
from email import message_from_string
from pathlib import Path

from bootstrap import java_jobs
from infra.errors import ConfigurationError
from infra.versions import FLINK
from sandbox.packages import NotSetUp

_MANIFEST = "META-INF/MANIFEST.MF"
_BUILT_FOR = "Flink-Version"


def job_jar(folder: Path) -> Path | None:
    """Of the job in `folder`; None for a job that has none.

    Raises `NotSetUp` when it is not there, or older than its sources, and `ConfigurationError` when it was built for
    another Flink than runs here.
    """
    if not (folder / "pom.xml").exists():
        return None
    jar = java_jobs.jar(folder)
    if not java_jobs.is_built(folder):
        what = "was changed since its jar was built" if jar.exists() else "has no jar yet"
        raise NotSetUp(f"jobs/{folder.name} {what}: run `make setup`, which builds it")
    _check_flink(folder.name, jar)
    return jar


def _check_flink(job: str, jar: Path) -> None:
    with zipfile.ZipFile(jar) as content:
        said = content.read(_MANIFEST).decode() if _MANIFEST in content.namelist() else ""
    built = str(message_from_string(said)[_BUILT_FOR] or "")
    if built.split(".")[:2] != FLINK.split(".")[:2]:
        raise ConfigurationError(
            f"jobs/{job}/pom.xml: its jar was built for Flink {built or '(its manifest does not say which)'}, and "
            f"{FLINK} runs it;\n"
            "take images/flink/pom.xml as its parent, which says the version and writes it into the manifest"
        )
