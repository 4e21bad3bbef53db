"""A project at one commit, as far as a verdict follows from it: its jobs, its stack file, its image."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from infra.errors import ConfigurationError
from infra.flink_image import ingredients
from infra.jobs import job_folders, read_job
from infra.plan_lock import LOCK, PlanLock, inputs, read_lock
from infra.settings import KEY, PROJECT, stack_file
from infra.validation import parse_yaml

_NOT_OF_THE_JOB = (LOCK, "README.md", "job.yaml")
_BUILT = {"target", "__pycache__", ".venv"}
_COMMON_IMAGE, _JOB_IMAGES = "images/flink", ("images/job-java", "images/job-python")
_CONTRACT = re.compile(r'^CONTRACT_VERSION = "(\d+)\.', re.MULTILINE)


@dataclass(frozen=True)
class JobVersion:
    """A job folder at one commit."""

    name: str
    manifest: Mapping[str, Any]
    """`job.yaml` as it stands there."""
    code: Mapping[str, str]
    """Each file that is code, with its digest."""
    lock: PlanLock | None
    problem: str = ""
    """Why there is no lock that could be relied on."""


@dataclass(frozen=True)
class ProjectVersion:
    jobs: Mapping[str, JobVersion]
    """Those that the stack runs."""
    settings: Mapping[str, Any]
    """Of the stack file, as they stand there."""
    image: Mapping[str, str]
    """Each file that the common images are made of, with its digest."""
    contract: int
    """The contract's major version."""


def read_version(project: Path, stack: str) -> ProjectVersion:
    """What `project` has; raises `ConfigurationError` where it has no such stack file."""
    settings = _settings(project, stack)
    left_out = set(cast(Iterable[str], settings.get("leave_out") or ()))
    folders = [folder for folder in job_folders(project / "jobs") if folder.name not in left_out]
    found = _CONTRACT.search((project / "infra" / "outputs.py").read_text())
    return ProjectVersion(
        jobs={folder.name: read_job_version(folder) for folder in folders},
        settings=settings,
        image=_digests(project, [*ingredients(project / _COMMON_IMAGE), *(project / name for name in _JOB_IMAGES)]),
        contract=int(found[1]) if found else 1,
    )


def _settings(project: Path, stack: str) -> Mapping[str, Any]:
    name = stack_file(stack)
    if not (project / name).exists():
        raise ConfigurationError(f"{name}: no such stack file in both commits; --stack names another")
    document = cast(Mapping[str, Any], parse_yaml(project / name, name))
    return cast(Mapping[str, Any], document["config"][f"{PROJECT}:{KEY}"])


def read_job_version(folder: Path) -> JobVersion:
    """Raises `ConfigurationError` where its job.yaml can't be read."""
    manifest = cast(Mapping[str, Any], parse_yaml(folder / "job.yaml", f"jobs/{folder.name}/job.yaml"))
    files = [path for path in folder.iterdir() if path.name not in _NOT_OF_THE_JOB]
    code = _digests(folder, files)
    try:
        lock = read_lock(folder)
        if lock is None:
            return JobVersion(folder.name, manifest, code, None, f"it has no {LOCK}")
        stale = lock.inputs != inputs(folder, *read_job(folder))
    except ConfigurationError as error:
        return JobVersion(folder.name, manifest, code, None, str(error))
    if stale:
        return JobVersion(folder.name, manifest, code, None, f"its {LOCK} is older than the job")
    return JobVersion(folder.name, manifest, code, lock)


def _digests(base: Path, paths: Iterable[Path]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in paths:
        for file in path.rglob("*") if path.is_dir() else [path]:
            relative = file.relative_to(base)
            if file.is_file() and not _BUILT & set(relative.parts) and file.suffix != ".md":
                found[relative.as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found
