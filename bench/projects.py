"""Projects with as many jobs as wanted, for measurements: this one, and its first job over and over."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent


def copied(folder: Path, jobs: Sequence[str]) -> Path:
    """What a sandbox with these jobs consists of, in `folder`, which must not exist."""
    folder.mkdir(parents=True)
    for name in ("__main__.py", "Pulumi.yaml", "Pulumi.sandbox.yaml"):
        shutil.copy(PROJECT / name, folder)
    (folder / "images").symlink_to(PROJECT / "images")
    for job in jobs:
        shutil.copytree(PROJECT / "jobs" / job, folder / "jobs" / job)
    return folder


def project_with(jobs: int, folder: Path) -> Path:
    """The project in `folder`, which must not exist, with so many jobs, each of which writes tables of its own."""
    folder.mkdir(parents=True)
    for file in (PROJECT / "__main__.py", PROJECT / "Pulumi.yaml", *PROJECT.glob("Pulumi.*.yaml")):
        shutil.copy(file, folder)
    shutil.copytree(PROJECT / "images", folder / "images", ignore=shutil.ignore_patterns("target"))
    example = min(path.parent for path in PROJECT.glob("jobs/*/job.sql"))
    tables = re.findall(r"^ *- table: \S+\.(\S+)$", (example / "job.yaml").read_text(), re.MULTILINE)
    their_names = re.compile(rf"\b({'|'.join(tables)})\b")
    for number in range(jobs):
        job = folder / "jobs" / f"{example.name}-{number:04}"
        job.mkdir(parents=True)
        for name in ("job.yaml", "job.sql"):
            (job / name).write_text(their_names.sub(rf"\1_{number:04}", (example / name).read_text()))
    return folder
