"""A FlinkDeployment as processes: its JobManager in application mode, and its TaskManagers.

Each gets what its container would (`containers.py`), and is started again where Kubernetes would do that.
"""

import itertools
import math
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sandbox.addresses import Aws
from sandbox.flink.containers import Containers
from sandbox.flink.definition import Definition
from sandbox.flink.high_availability import HighAvailability
from sandbox.flink.rest import FlinkRest
from sandbox.processes import Process, ProcessFailed

_START_SECONDS = 120
_CHANGE_SECONDS = 300
"""A job that ran before will run again; to give it up too early would cost more than to wait."""
_NO_USE = "StateMigrationException"
"""What is in a failure that the next try can't mend."""
_ARCHIVE_SECONDS = 90
_TERMINATED = 143
"""A JVM's exit code after SIGTERM, once it has done what it does at its end."""
_JOB_OVER = (0, 1443 % 256)
"""A JobManager's exit codes after a job that was cancelled or is done, and after one that failed for good (Flink's
ApplicationStatus)."""

_FAILURES_AT_START = 3
"""So many times a job may restart before it first runs; a broken one restarts for ever."""


class FlinkCluster:
    """One FlinkDeployment: `prepare()` (any thread), `start()` (the main thread), `wait_running()`; then watch and
    `stop()`."""

    def __init__(
        self,
        definition: Definition,
        *,
        source: Path,
        folder: Path,
        aws: Aws,
        java: Path,
        rest_port: int,
        rpc_port: int,
        high_availability: HighAvailability | None = None,
        generation: int = 1,
    ) -> None:
        """`source`: the job's folder; `folder`: where its files and logs go; `high_availability`: with a second
        JobManager; `generation`: of the job's definition; the files of a later one lie beside the first's."""
        self.definition = definition
        self.generation = generation
        self.containers = Containers(
            definition,
            source=source,
            folder=folder,
            aws=aws,
            java=java,
            rest_port=rest_port,
            rpc_port=rpc_port,
            high_availability=high_availability,
            generation=generation,
        )
        self.changing = False
        """Whether the job is being stopped or started: whoever does that looks after its processes meanwhile."""
        self.name = self.containers.job
        rest_ports = [rest_port, *([high_availability.rest_port] if high_availability else [])]
        self.webs = [f"http://127.0.0.1:{port}" for port in rest_ports]
        self.rest = FlinkRest(*self.webs)
        self.restarts: Counter[str] = Counter()
        """The name of a process → how often it was started again."""
        self.jobmanagers: list[Process] = []
        self.taskmanagers: list[Process] = []
        self._ran = False
        self._patience = 0
        self._deadline = 0.0

    def prepare(self) -> None:
        """Write its files, and ask Flink how it divides the memory."""
        self.containers.prepare()

    def start(self, savepoint: str | None = None) -> None:
        """`savepoint`: its path, to go on from there. After `stop()` a cluster can be started again."""
        self.containers.savepoint = savepoint
        self.containers.termination_log.write_text("")
        self.jobmanagers.clear()
        self.taskmanagers.clear()
        self._patience = _CHANGE_SECONDS if savepoint else _START_SECONDS
        self._deadline = time.monotonic() + self._patience
        self.jobmanagers.append(self.containers.process("jobmanager", "JobManager", "jobmanager.log"))
        if self.containers.high_availability:
            second = self.containers.process("second jobmanager", "JobManager 2", "jobmanager-2.log")
            self.jobmanagers.append(second)
        for jobmanager in self.jobmanagers:
            jobmanager.start()
        for _ in range(math.ceil(self.containers.parallelism / self.containers.slots)):
            self.add_task_manager()

    def add_task_manager(self) -> None:
        logs = {taskmanager.log.name for taskmanager in self.taskmanagers}
        number = next(number for number in itertools.count(1) if f"taskmanager-{number}.log" not in logs)
        kind = "taskmanager" if number == 1 else "further taskmanager"
        taskmanager = self.containers.process(kind, f"TaskManager {number}", f"taskmanager-{number}.log")
        taskmanager.start()
        self.taskmanagers.append(taskmanager)

    def remove_task_manager(self, taskmanager: Process) -> None:
        self.taskmanagers.remove(taskmanager)
        taskmanager.stop(grace_seconds=1)
        # In so short a time it wrote half an archive at best.
        for archive in self.containers.archives.values():
            archive.keep(whole=False)

    @property
    def started(self) -> bool:
        return bool(self.jobmanagers)

    @property
    def processes(self) -> list[Process]:
        return [*self.jobmanagers, *self.taskmanagers]

    def check_alive(self) -> None:
        """Raise `JobEnded` with the job's own last words, or `ProcessFailed`, when the JobManager is gone: of two, when
        one is gone for more than its own death."""
        for jobmanager in self.jobmanagers:
            if jobmanager.alive:
                continue
            said = self.containers.termination_log.read_text().strip()
            if said:
                raise JobEnded(f"{self.name}: {said}")
            if len(self.jobmanagers) == 1 or jobmanager.exit_code in _JOB_OVER:
                raise ProcessFailed(jobmanager, f"ended with exit code {jobmanager.exit_code}")

    def restart_dead(self) -> list[Process]:
        """Start each dead process again, as Kubernetes would; gives those. Raises what `check_alive` does."""
        if self.changing:
            return []
        self.check_alive()
        dead = [process for process in self.processes if not process.alive]
        for process in dead:
            # A worker that it started may have outlived it; with a container it would have gone.
            process.stop(grace_seconds=0)
            process.start()
            self.restarts[process.name] += 1
        return dead

    def wait_running(self, go_on: Callable[[float], None]) -> None:
        """Wait until every task runs, `go_on` between two looks; raises what `check_alive` does, or `JobEnded` with the
        cause when it keeps failing."""
        while not self.came_up():
            go_on(0.2)

    def came_up(self) -> bool:
        """Whether every task runs by now; raises what `wait_running` does."""
        if self.rest.all_tasks_running():
            self._ran = True
            return True
        self.check_alive()
        failures = self.rest.failures()
        late = time.monotonic() > self._deadline
        if len(failures) >= _FAILURES_AT_START or late or any(_NO_USE in failure for failure in failures):
            why = f"failed: {failures[0]}" if failures else f"did not run within {self._patience} s"
            raise JobEnded(f"{self.name}: the job {why}\n  its logs: {self.containers.folder}")
        return False

    def stop(self, *, quickly: bool = False) -> None:
        """End all processes; the first time that a job ran they may take a while, to leave an archive of classes; not
        `quickly`, though."""
        self.changing = True
        with ThreadPoolExecutor() as pool:
            for jobmanager in self.jobmanagers:
                pool.submit(self._stop, "JM", jobmanager, quickly)
            for taskmanager in self.taskmanagers:
                pool.submit(self._stop, "TM", taskmanager, quickly)

    def _stop(self, kind: str, process: Process, quickly: bool) -> None:
        archive = self.containers.archives.get(kind)
        writes = not quickly and self._ran and archive is not None and not archive.complete
        process.stop(grace_seconds=_ARCHIVE_SECONDS if writes else 1)
        if archive is not None:
            archive.keep(whole=writes and process.exit_code == _TERMINATED)


class JobEnded(Exception):
    """A job that ended or cannot run; `str()` is one to five lines."""
