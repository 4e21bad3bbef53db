"""A FlinkDeployment as processes: its JobManager in application mode, and its TaskManagers.

They get the deployment's own configuration, arguments, mounted files and environment; the sandbox adds what
Kubernetes would: addresses, memory limits, credentials, and a new TaskManager where one died.
"""

import math
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

from sandbox.addresses import Aws
from sandbox.cloud import Declared
from sandbox.flink.class_archive import without_writing
from sandbox.flink.home import Home, main_container
from sandbox.flink.java import FlinkJava
from sandbox.flink.job_jar import job_jar
from sandbox.flink.rest import FlinkRest
from sandbox.processes import Process, ProcessFailed

_JOBMANAGER = "org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint"
_TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
_SESSION = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"

_START_SECONDS = 120
_ARCHIVE_SECONDS = 90
_TERMINATED = 143
"""A JVM's exit code after SIGTERM, once it has done what it does at its end."""

_FAILURES_AT_START = 3
"""So many times a job may restart before it first runs; a broken one restarts for ever."""


class FlinkCluster:
    """One FlinkDeployment: `prepare()` (any thread), `start()` (the main thread), `wait_running()`; then watch and
    `stop()`."""

    def __init__(
        self,
        deployment: Declared,
        *,
        config_maps: Mapping[str, Mapping[str, str]],
        secrets: Mapping[str, Mapping[str, str]],
        source: Path,
        folder: Path,
        aws: Aws,
        java: Path,
        rest_port: int,
        rpc_port: int,
    ) -> None:
        """`config_maps` and `secrets`: by their Kubernetes names; `source`: the job's folder; `folder`: where its files
        and logs go."""
        self.name = str(deployment.inputs["metadata"]["name"])
        self.web = f"http://127.0.0.1:{rest_port}"
        self.restarts = 0
        self._spec = cast(dict[str, Any], deployment.inputs["spec"])
        self._config_maps = config_maps
        self._source = source
        self._folder = folder
        self.home = Home(folder / "opt-flink")
        self._java = FlinkJava(self.name, self.home, java)
        self.rest = FlinkRest(self.web)
        self._options = self._addresses(rest_port, rpc_port)
        self.platform_environment = self._platform_environment(aws)
        self._environment = self._container_environment(secrets) | self.platform_environment
        self._commands: dict[str, list[str]] = {}
        self._ran = False
        self.jobmanager = Process(f"{self.name}: JobManager", [], log=folder / "jobmanager.log")
        self.taskmanagers: list[Process] = []

    def prepare(self) -> None:
        """Write its files, and ask Flink how it divides the memory."""
        self.home.build(self._spec, self._config_maps, self._options, jar=job_jar(self._source))
        job = self._spec["job"]
        application = ["--job-classname", job["entryClass"]]
        arguments = [self.home.local(argument) for argument in job["args"]]
        self._commands["jobmanager"] = [*self._java.command("JM", _JOBMANAGER, application), *arguments]
        self._commands["taskmanager"] = self._java.command("TM", _TASKMANAGER)
        self._commands["further taskmanager"] = without_writing(self._commands["taskmanager"])
        self._commands["session"] = without_writing(self._java.command("JM", _SESSION))
        self.termination_log.touch()

    @property
    def termination_log(self) -> Path:
        """Where a container says why it ended (Kubernetes: "terminationMessagePath")."""
        return self._folder / "termination-log"

    def start(self) -> None:
        self.jobmanager = self._process("JobManager", "jobmanager", "jobmanager.log")
        self.jobmanager.start()
        slots = int(self._spec["flinkConfiguration"]["taskmanager.numberOfTaskSlots"])
        for index in range(math.ceil(self._spec["job"]["parallelism"] / slots)):
            kind = "taskmanager" if index == 0 else "further taskmanager"
            taskmanager = self._process(f"TaskManager {index + 1}", kind, f"taskmanager-{index + 1}.log")
            taskmanager.start()
            self.taskmanagers.append(taskmanager)

    def _process(self, name: str, command: str, log: str) -> Process:
        return Process(
            f"{self.name}: {name}",
            self._commands[command],
            log=self._folder / log,
            env=self._environment,
            cwd=self.home.path,
        )

    @property
    def started(self) -> bool:
        return self.jobmanager.pid is not None

    @property
    def processes(self) -> list[Process]:
        return [self.jobmanager, *self.taskmanagers]

    def restart_task_managers(self) -> int:
        """Start each dead TaskManager again, as Kubernetes would; gives how many."""
        dead = [taskmanager for taskmanager in self.taskmanagers if not taskmanager.alive]
        for taskmanager in dead:
            taskmanager.start()
        self.restarts += len(dead)
        return len(dead)

    @property
    def session(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """How a session cluster like the job's is started: the commands of its JobManager and its TaskManager."""
        return tuple(self._commands["session"]), tuple(self._commands["further taskmanager"])

    def check_alive(self) -> None:
        """Raise `JobEnded` with the job's own last words, or `ProcessFailed`, when the JobManager is gone."""
        if self.jobmanager.alive:
            return
        said = self.termination_log.read_text().strip()
        if said:
            raise JobEnded(f"{self.name}: {said}")
        raise ProcessFailed(self.jobmanager, f"ended with exit code {self.jobmanager.exit_code}")

    def wait_running(self, go_on: Callable[[float], None]) -> None:
        """Wait until every task runs, `go_on` between two looks; raises what `check_alive` does, or `JobEnded` with the
        cause when it keeps failing."""
        deadline = time.monotonic() + _START_SECONDS
        while not self.rest.all_tasks_running():
            self.check_alive()
            failures = self.rest.failures()
            late = time.monotonic() > deadline
            if len(failures) >= _FAILURES_AT_START or late:
                why = f"failed: {failures[0]}" if failures else f"did not run within {_START_SECONDS} s"
                raise JobEnded(f"{self.name}: the job {why}\n  its logs: {self._folder}")
            go_on(0.2)
        self._ran = True

    def stop(self) -> None:
        """End all processes; the first time that a job ran they may take a while, to leave an archive of classes."""
        with ThreadPoolExecutor() as pool:
            pool.submit(self._stop, "JM", self.jobmanager)
            for taskmanager in self.taskmanagers:
                pool.submit(self._stop, "TM", taskmanager)

    def _stop(self, kind: str, process: Process) -> None:
        archive = self._java.archives.get(kind)
        writes = self._ran and archive is not None and not archive.complete
        process.stop(grace_seconds=_ARCHIVE_SECONDS if writes else 1)
        if archive is not None:
            archive.keep(whole=writes and process.exit_code == _TERMINATED)

    def _addresses(self, rest_port: int, rpc_port: int) -> dict[str, str]:
        spec = self._spec
        host = "127.0.0.1"
        return {
            "jobmanager.rpc.address": host,
            "jobmanager.rpc.port": str(rpc_port),
            "jobmanager.bind-host": host,
            "taskmanager.host": host,
            "taskmanager.bind-host": host,
            "rest.address": host,
            "rest.bind-address": host,
            "rest.port": str(rest_port),
            "jobmanager.memory.process.size": spec["jobManager"]["resource"]["memory"],
            "taskmanager.memory.process.size": spec["taskManager"]["resource"]["memory"],
            "parallelism.default": str(spec["job"]["parallelism"]),
            # A pod has its metrics' port for itself; here each process takes a free one.
            "metrics.reporter.prom.port": "0",
            # A TaskManager that is up before the JobManager asks again soon, not after the usual 10 s.
            "cluster.registration.error-delay": "500 ms",
            "cluster.registration.refused-registration-delay": "1 s",
            # A killed TaskManager is noticed by its broken connection; a hung one within seconds.
            "heartbeat.timeout": "10 s",
            "heartbeat.interval": "2 s",
        }

    def _container_environment(self, secrets: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        container = main_container(self._spec["podTemplate"]["spec"])
        found: dict[str, str] = {}
        for entry in container.get("envFrom", []):
            found |= secrets[entry["secretRef"]["name"]]
        return found | {variable["name"]: variable["value"] for variable in container["env"]}

    def _platform_environment(self, aws: Aws) -> dict[str, str]:
        """What the image and EKS Pod Identity give a container, and nothing else of the user's shell."""
        shell = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ") if name in os.environ}
        return {
            **shell,
            **aws.environment,
            "TERMINATION_LOG": str(self.termination_log),
            "FLINK_CONF_DIR": str(self.home.path / "conf"),
            "FLINK_LIB_DIR": str(self.home.path / "lib"),
            "FLINK_PLUGINS_DIR": str(self.home.path / "plugins"),
        }


class JobEnded(Exception):
    """A job that ended or cannot run; `str()` is one to five lines."""
