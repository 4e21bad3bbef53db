"""What the containers of a FlinkDeployment are given: its files and configuration, their commands and environment.

The sandbox adds what Kubernetes would: addresses, memory limits, credentials.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, cast

from sandbox.addresses import Aws
from sandbox.flink.class_archive import ClassArchive, without_writing
from sandbox.flink.definition import Definition
from sandbox.flink.high_availability import HighAvailability, dynamic
from sandbox.flink.home import Home, main_container
from sandbox.flink.java import FlinkJava
from sandbox.flink.job_environment import job_environment
from sandbox.flink.job_jar import job_jar
from sandbox.processes import Process

_JOBMANAGER = "org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint"
_TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
_ROLL_BACK = "lakehouse.sqlrunner.RollBack"
_SESSION = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"

_SCALABLE = {
    # Takes another parallelism over REST while the job runs.
    "jobmanager.scheduler": "adaptive",
    # So long it waits for a TaskManager that is started again, before it goes on with fewer.
    "jobmanager.adaptive-scheduler.resource-stabilization-timeout": "30 s",
    "jobmanager.adaptive-scheduler.scaling-interval.min": "0 s",
    # So that a smaller parallelism leaves TaskManagers that can go.
    "jobmanager.adaptive-scheduler.prefer-minimal-taskmanagers": "true",
}
"""For `scaling.py`."""

Kind = Literal["jobmanager", "second jobmanager", "taskmanager", "further taskmanager"]
"""The first of each kind may leave an archive of classes when it ends."""


class Containers:
    """Those of one job: `prepare()` (any thread), then a `process()` for each."""

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
        high_availability: HighAvailability | None,
        generation: int,
    ) -> None:
        """See `FlinkCluster`."""
        self.job = definition.name
        self.folder = folder
        self.home = Home(folder / ("opt-flink" if generation == 1 else f"opt-flink-{generation}"))
        self.high_availability = high_availability
        self.savepoint: str | None = None
        """What the job starts from; None: from nothing."""
        self._spec = cast(dict[str, Any], definition.spec)
        self._config_maps = definition.config_maps
        self._source = source
        self._java = FlinkJava(self.job, self.home, java)
        self._rpc_port = rpc_port
        self._options = self._addresses(rest_port, rpc_port)
        self.platform_environment = self._platform_environment(aws)
        self._environment = self._container_environment(definition.secrets) | self.platform_environment
        self._commands: dict[Kind, list[str]] = {}
        self.session: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        """How a session cluster like the job's is started: the commands of its JobManager and its TaskManager."""

    @property
    def parallelism(self) -> int:
        """As it is declared."""
        return int(self._spec["job"]["parallelism"])

    @property
    def slots(self) -> int:
        """Of each TaskManager."""
        return int(self._spec["flinkConfiguration"]["taskmanager.numberOfTaskSlots"])

    @property
    def task_manager_memory(self) -> str:
        return str(self._spec["taskManager"]["resource"]["memory"])

    @property
    def archives(self) -> Mapping[str, ClassArchive]:
        return self._java.archives

    @property
    def termination_log(self) -> Path:
        """Where a container says why it ended (Kubernetes: "terminationMessagePath")."""
        return self.folder / "termination-log"

    def prepare(self) -> None:
        """Write the job's files, and ask Flink how it divides the memory."""
        jar, environment = job_jar(self._source), job_environment(self._source)
        self.home.build(self._spec, self._config_maps, self._options, jar=jar, environment=environment)
        self._commands["jobmanager"] = self._jobmanager(self._rpc_port)
        self._commands["taskmanager"] = self._java.command("TM", _TASKMANAGER, dynamic(self._elections()))
        self._commands["further taskmanager"] = without_writing(self._commands["taskmanager"])
        if self.high_availability:
            second = self._jobmanager(self.high_availability.rpc_port, self.high_availability.rest_port)
            self._commands["second jobmanager"] = without_writing(second)
        session = [self._java.command(kind, name) for kind, name in (("JM", _SESSION), ("TM", _TASKMANAGER))]
        self.session = (tuple(without_writing(session[0])), tuple(without_writing(session[1])))
        self.termination_log.touch()

    def process(self, kind: Kind, name: str, log: str) -> Process:
        return Process(
            f"{self.job}: {name}",
            [*self._commands[kind], *(self._entry() if "jobmanager" in kind else [])],
            log=self.folder / log,
            env=self._environment,
            cwd=self.home.path,
        )

    def roll_back(self, snapshots: Mapping[str, int]) -> Process:
        """The image's program that makes these snapshots (by `<database>.<table>`) the current ones, with the job's
        catalogs and rights."""
        runner = self.home.path / "usrlib" / "sql-runner.jar"
        arguments = [f"lake.{table}={snapshot}" for table, snapshot in snapshots.items()]
        return Process(
            f"{self.job}: roll-back",
            [*self._java.plain(_ROLL_BACK, [runner]), *arguments],
            log=self.folder / "roll-back.log",
            env=self._environment,
            cwd=self.home.path,
        )

    def _entry(self) -> list[str]:
        """As the operator has it: the savepoint is part of the configuration."""
        job = self._spec["job"]
        restored = dynamic({"execution.savepoint.path": self.savepoint}) if self.savepoint else []
        return [*restored, *[self.home.local(argument) for argument in job["args"]]]

    def _jobmanager(self, rpc_port: int, rest_port: int | None = None) -> list[str]:
        job = self._spec["job"]
        options = self._elections()
        if options:
            options["high-availability.jobmanager.port"] = str(rpc_port)
        if rest_port is not None:
            options["rest.port"] = str(rest_port)
        return self._java.command("JM", _JOBMANAGER, ["--job-classname", job["entryClass"], *dynamic(options)])

    def _elections(self) -> dict[str, str]:
        """Not in the configuration: a session cluster has the same one, and must not stand for election too."""
        if self.high_availability is None:
            return {}
        return self.high_availability.options(self.job, self._spec["flinkConfiguration"])

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
            **_SCALABLE,
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
            "FLINK_OPT_DIR": str(self.home.path / "opt"),
        }
