"""The jobs of a sandbox: a Flink cluster for each, and ZooKeeper where they are to outlive their JobManager."""

import time
from collections.abc import Callable
from pathlib import Path

from infra.jobs import Job
from sandbox import kubernetes
from sandbox.addresses import Aws
from sandbox.flink.cluster import FlinkCluster
from sandbox.flink.definition import Definition, definitions
from sandbox.flink.high_availability import HighAvailability
from sandbox.packages import java_home
from sandbox.ports import choose
from sandbox.processes import Process, ProcessFailed
from sandbox.program import Program
from sandbox.state import JobManagerState, JobState
from sandbox.zookeeper import ZooKeeper

_RESTARTS = 5
"""So often may a process die within a minute before it is more than an accident."""


class Jobs:
    """`declare()`, `prepare()` of each cluster (any thread), `start()` and `watch()` (the main thread), `stop()`."""

    def __init__(self, project: Path, run: Path, *, first_web: int, high_availability: bool) -> None:
        """`first_web`: the port of the first job's web interface."""
        self._project = project
        self._run = run
        self._first_web = first_web
        self._high_availability = high_availability
        self.zookeeper: ZooKeeper | None = None
        self.clusters: list[FlinkCluster] = []
        self.started_at: dict[str, float | None] = {}
        """Job → when Flink says that it began."""
        self.running_at: dict[str, float] = {}
        """Job → when all its tasks first ran."""
        self._deaths: dict[str, list[float]] = {}
        """Process → when it died, within the last minute."""
        self._make: Callable[[Definition, int], FlinkCluster] | None = None

    @property
    def processes(self) -> list[Process]:
        servers = [self.zookeeper.process] if self.zookeeper else []
        return [*servers, *(process for cluster in self.clusters for process in cluster.processes)]

    @property
    def states(self) -> dict[str, JobState]:
        """Of the jobs that were started, for `lakehouse status`."""
        return {cluster.name: self._state(cluster) for cluster in self.clusters if cluster.started}

    def declare(self, program: Program, jobs: list[Job], aws: Aws) -> None:
        """Make the clusters of the program's jobs; nothing runs yet."""
        java = java_home() / "bin" / "java"
        self.zookeeper = ZooKeeper(self._run, *choose(1), java=java) if self._high_availability else None
        found = definitions(program, jobs, kubernetes.config_maps(program), kubernetes.secrets(program, aws))
        free = choose(4 * len(found))
        ports = {each.name: free[4 * number : 4 * number + 4] for number, each in enumerate(found)}
        ports[found[0].name][0] = self._first_web

        def make(definition: Definition, generation: int) -> FlinkCluster:
            rest_port, rpc_port, *second = ports[definition.name]
            return FlinkCluster(
                definition,
                source=self._project / "jobs" / definition.name,
                folder=self._run / "jobs" / definition.name,
                aws=aws,
                java=java,
                rest_port=rest_port,
                rpc_port=rpc_port,
                high_availability=HighAvailability(self.zookeeper.quorum, *second) if self.zookeeper else None,
                generation=generation,
            )

        self._make = make
        self.clusters = [make(definition, 1) for definition in found]

    def cluster(self, job: str) -> FlinkCluster:
        return next(cluster for cluster in self.clusters if cluster.name == job)

    def successor(self, cluster: FlinkCluster, definition: Definition) -> FlinkCluster:
        """Of the same place, with another definition; nothing of it runs."""
        assert self._make is not None, "jobs are declared before they change"
        return self._make(definition, cluster.generation + 1)

    def replace(self, cluster: FlinkCluster, successor: FlinkCluster) -> None:
        """From here on it is the successor that is looked after."""
        self.clusters[self.clusters.index(cluster)] = successor

    def started(self, cluster: FlinkCluster) -> None:
        """All its tasks run, for the first time since it was started."""
        self.running_at[cluster.name] = time.time()
        self.started_at[cluster.name] = cluster.rest.started_at()

    def start(self, go_on: Callable[[float], None], tell: Callable[[], None]) -> None:
        """Until all tasks run; `tell` is called when there is something new to know."""
        if self.zookeeper:
            self.zookeeper.prepare()
            self.zookeeper.start()
            self.zookeeper.wait_ready()
        for cluster in self.clusters:
            cluster.start()
        tell()
        for cluster in self.clusters:
            cluster.wait_running(go_on)
            self.started(cluster)
            tell()

    def watch(self) -> None:
        """Start again what Kubernetes would; raise for what nothing would."""
        if self.zookeeper and not self.zookeeper.process.alive:
            self._count([self.zookeeper.process])
            self.zookeeper.start()
        for cluster in self.clusters:
            self._count(cluster.restart_dead())

    def stop(self) -> None:
        for cluster in self.clusters:
            cluster.stop()
        if self.zookeeper:
            self.zookeeper.stop()

    def _state(self, cluster: FlinkCluster) -> JobState:
        jobmanagers = {
            process.name: JobManagerState(web=web, restarts=cluster.restarts[process.name])
            for web, process in zip(cluster.webs, cluster.jobmanagers, strict=True)
        }
        return JobState(
            web=cluster.webs[0],
            jobmanagers=tuple(jobmanagers.values()) if cluster.containers.high_availability else (),
            home=cluster.containers.home.path,
            started_at=self.started_at.get(cluster.name),
            running_at=self.running_at.get(cluster.name),
            task_managers=len(cluster.taskmanagers),
            task_manager_restarts=sum(n for name, n in cluster.restarts.items() if name not in jobmanagers),
            session=cluster.containers.session,
            environment=cluster.containers.platform_environment,
        )

    def _count(self, dead: list[Process]) -> None:
        now = time.monotonic()
        for process in dead:
            deaths = [death for death in self._deaths.get(process.name, []) if death > now - 60]
            self._deaths[process.name] = [*deaths, now]
            if len(deaths) >= _RESTARTS:
                raise ProcessFailed(process, f"died more than {_RESTARTS} times within a minute")
