"""`lakehouse scale`: a request in a file of its own, which the supervisor takes up, and answers in the state file."""

import contextlib
import os
import time
from pathlib import Path
from typing import Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict

from infra.errors import ConfigurationError
from infra.validation import nearest
from sandbox.state import FOLDER, Scaled, State, running_state

_FILE = Path(FOLDER, "run", "scale.json")


class ScalingFailed(Exception):
    """A job has not the number of TaskManagers that somebody asked for; `str()` says why."""


class Request(BaseModel):
    """So many TaskManagers for a job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    job: str
    task_managers: int

    @classmethod
    def waiting(cls, run: Path) -> Self | None:
        """What somebody asks the supervisor of this run for, if anybody does."""
        with contextlib.suppress(FileNotFoundError):
            return cls.model_validate_json((run / _FILE.name).read_bytes())
        return None

    def done(self, run: Path) -> None:
        """Let others ask."""
        (run / _FILE.name).unlink(missing_ok=True)


def scale_job(project: Path, state: State, job: str | None, task_managers: int) -> float:
    """Ask for it, and wait until the job runs with them; gives the seconds that it took.

    `job`: may be left out where there is only one. Raises `ConfigurationError` for one that does not run, or while
    another is being scaled, and `ScalingFailed`.
    """
    request = Request(id=uuid4().hex, job=_chosen(job, list(state.jobs)), task_managers=task_managers)
    began = time.monotonic()
    _ask(project, request)
    while (answer := _answer(project, request)) is None:
        time.sleep(0.1)
    if answer.error:
        raise ScalingFailed(f"{request.job}: {answer.error}")
    return time.monotonic() - began


def _chosen(job: str | None, jobs: list[str]) -> str:
    if job is None and len(jobs) != 1:
        raise ConfigurationError(f"--job is missing: say which of {', '.join(jobs)}")
    if job is not None and job not in jobs:
        raise ConfigurationError(f"--job {job}: no such job runs{nearest(job, jobs)}")
    return job or jobs[0]


def _ask(project: Path, request: Request) -> None:
    """The link makes the whole file appear at once, and fails where one is."""
    new = project / _FILE.with_suffix(f".{request.id}")
    new.write_text(request.model_dump_json())
    try:
        os.link(new, project / _FILE)
    except FileExistsError:
        raise ConfigurationError("a job of this sandbox is being scaled; ask again once that is done") from None
    finally:
        new.unlink()


def _answer(project: Path, request: Request) -> Scaled | None:
    state = running_state(project)
    if state is None:
        raise ScalingFailed("the sandbox ended meanwhile; 'lakehouse status' says why")
    return next((scaled for scaled in state.scaled if scaled.request == request.id), None)
