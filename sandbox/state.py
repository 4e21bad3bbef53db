"""What the supervisor tells the other commands: one small file, `.sandbox/state.json`, readable to its owner alone."""

import contextlib
import os
from pathlib import Path
from typing import Literal

import psutil
from pydantic import BaseModel, ConfigDict

from sandbox.addresses import Aws, Kafka, Login
from sandbox.savepoints import Savepoint

FOLDER = ".sandbox"
_FILE = "state.json"

Phase = Literal["starting", "running", "stopping", "stopped", "failed"]


class Step(BaseModel):
    """One line of the loading display."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    seconds: float | None = None
    """How long it took; None while it runs."""


class JobManagerState(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    web: str
    """Its web interface and REST API; each of two answers for both."""
    restarts: int = 0


class JobState(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    web: str
    """Flink's web interface and REST API."""
    jobmanagers: tuple[JobManagerState, ...] = ()
    """Both, where ZooKeeper elects the leader; one says nothing that is not said of the job."""
    home: Path
    """Stands for /opt/flink of the job's containers."""
    started_at: float | None = None
    """When Flink started the job, in seconds since the epoch."""
    running_at: float | None = None
    """When all its tasks first ran."""
    task_managers: int = 0
    task_manager_restarts: int = 0
    session: tuple[tuple[str, ...], tuple[str, ...]]
    """The commands of a session cluster like the job's: its JobManager, its TaskManager."""
    environment: dict[str, str]
    """What its processes have in their environment, without secrets of the sources."""


class Answer(BaseModel):
    """How a request to the supervisor (requests.py) ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: str
    error: str | None = None
    """None: it is done."""
    savepoint: Savepoint | None = None
    """What was taken for it; where the job was stopped, what undoes it."""
    down_seconds: float | None = None
    """From when the job was asked to stop until all its tasks ran again."""
    gaps: dict[str, float] = {}
    """Table → seconds between its last commit before and the first after."""
    notes: tuple[str, ...] = ()
    """What else there is to know."""


class State(BaseModel):
    """The sandbox as it is now."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    pid: int
    pid_started_at: float
    """With `pid` it names the supervisor; pids are used again."""
    phase: Phase = "starting"
    error: str | None = None
    steps: tuple[Step, ...] = ()
    aws: Aws | None = None
    databases: dict[str, Login] = {}
    """Engine → its admin's login."""
    kafka: Kafka | None = None
    zookeeper: str | None = None
    """Its address, where it elects the leaders."""
    jobs: dict[str, JobState] = {}
    answers: tuple[Answer, ...] = ()
    """The last ones."""
    savepoints: tuple[Savepoint, ...] = ()
    """The newest last."""
    declared_resources: int = 0
    real_resources: int = 0
    declared_only: tuple[str, ...] = ()
    """What cannot exist on one machine, as 'kind name'."""
    memory_mib: float = 0
    peak_memory_mib: float = 0
    logs: dict[str, Path] = {}

    @property
    def supervised(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.pid_started_at) < 2 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def read_state(project: Path) -> State | None:
    """None where no sandbox was ever started, or what is there cannot be read."""
    try:
        return State.model_validate_json((project / FOLDER / _FILE).read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def running_state(project: Path) -> State | None:
    """The state of a sandbox whose supervisor is alive."""
    state = read_state(project)
    return state if state is not None and state.supervised else None


def write_state(project: Path, state: State) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    folder = project / FOLDER
    temporary = folder / f".{_FILE}.new"
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(state.model_dump_json(indent=2))
    temporary.replace(folder / _FILE)
