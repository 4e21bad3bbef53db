"""What commands ask of the supervisor while the sandbox runs: a request in a file, which it carries out step by step
and answers in the state file. One at a time."""

import contextlib
import os
import time
from pathlib import Path
from typing import Annotated, Literal, Self
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from infra.errors import ConfigurationError
from infra.validation import nearest
from sandbox.state import FOLDER, Answer, State, running_state

_FILE = Path(FOLDER, "run", "request.json")


class Refused(Exception):
    """The supervisor did not do what was asked of it; `str()` says why."""


class _Wish(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Scale(_Wish):
    """So many TaskManagers for the job."""

    kind: Literal["scale"] = "scale"
    task_managers: int


class TakeSavepoint(_Wish):
    kind: Literal["savepoint"] = "savepoint"


class Upgrade(_Wish):
    """The job as its folder has it now."""

    kind: Literal["upgrade"] = "upgrade"


class Rewind(_Wish):
    """The job and its tables as they were at a savepoint."""

    kind: Literal["rewind"] = "rewind"
    to: str


Wish = Annotated[Scale | TakeSavepoint | Upgrade | Rewind, Field(discriminator="kind")]

_NOW = {
    "scale": "is being scaled",
    "savepoint": "is taking a savepoint",
    "upgrade": "is being upgraded",
    "rewind": "is being rewound",
}


class Request(BaseModel):
    """What is asked for, and for which job."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    job: str
    wish: Wish

    @classmethod
    def waiting(cls, run: Path) -> Self | None:
        """What somebody asks the supervisor of this run for, if anybody does."""
        with contextlib.suppress(FileNotFoundError):
            return cls.model_validate_json((run / _FILE.name).read_bytes())
        return None

    def done(self, run: Path) -> None:
        """Let others ask."""
        (run / _FILE.name).unlink(missing_ok=True)


def chosen(job: str | None, jobs: list[str], option: str = "--job ") -> str:
    """The job that is meant: it may be left out where there is one; `option`: how it is given on the command line."""
    if job is None and len(jobs) != 1:
        raise ConfigurationError(f"{option or 'the job '}is missing: say which of {', '.join(jobs)}")
    if job is not None and job not in jobs:
        raise ConfigurationError(f"{option}{job}: no such job runs{nearest(job, jobs)}")
    return job or jobs[0]


def ask(project: Path, job: str, wish: Wish) -> Answer:
    """Ask for it, and wait until it is done.

    Raises `ConfigurationError` while something else that was asked for goes on, and `Refused`.
    """
    request = Request(id=uuid4().hex, job=job, wish=wish)
    _put(project, request)
    while (answer := _answer(project, request)) is None:
        time.sleep(0.1)
    if answer.error:
        raise Refused(f"{request.job}: {answer.error}")
    return answer


def _put(project: Path, request: Request) -> None:
    """The link makes the whole file appear at once, and fails where one is."""
    new = project / _FILE.with_suffix(f".{request.id}")
    new.write_text(request.model_dump_json())
    try:
        os.link(new, project / _FILE)
    except FileExistsError:
        other = Request.waiting(project / _FILE.parent)
        going_on = f"{other.job} {_NOW[other.wish.kind]}" if other else "something else goes on"
        raise ConfigurationError(f"{going_on}; ask again once that is done") from None
    finally:
        new.unlink()


def _answer(project: Path, request: Request) -> Answer | None:
    state: State | None = running_state(project)
    if state is None:
        raise Refused("the sandbox ended meanwhile; 'lakehouse status' says why")
    return next((answer for answer in state.answers if answer.request == request.id), None)
