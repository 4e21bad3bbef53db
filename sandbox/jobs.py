"""The jobs of a sandbox: a Flink cluster for each, and ZooKeeper where they are to outlive their JobManager."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from sandbox import kubernetes
from sandbox.addresses import Aws
from sandbox.flink.cluster import FlinkCluster
from sandbox.flink.high_availability import HighAvailability
from sandbox.flink.rest import Refused
from sandbox.flink.scaling import scale
from sandbox.flink.session_jobs import applications
from sandbox.packages import java_home
from sandbox.ports import choose
from sandbox.processes import Process, ProcessFailed
from sandbox.program import Program
from sandbox.scaling import Request
from sandbox.state import JobManagerState, JobState, Scaled
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
        self.scaled: deque[Scaled] = deque(maxlen=10)
        self._scaling: tuple[Request, Iterator[None]] | None = None

    @property
    def processes(self) -> list[Process]:
        servers = [self.zookeeper.process] if self.zookeeper else []
        return [*servers, *(process for cluster in self.clusters for process in cluster.processes)]

    @property
    def states(self) -> dict[str, JobState]:
        """Of the jobs that were started, for `lakehouse status`."""
        return {cluster.name: self._state(cluster) for cluster in self.clusters if cluster.started}

    def declare(self, program: Program, aws: Aws) -> None:
        """Make the clusters of the program's jobs; nothing runs yet."""
        java = java_home() / "bin" / "java"
        self.zookeeper = ZooKeeper(self._run, *choose(1), java=java) if self._high_availability else None
        config_maps, secrets = kubernetes.config_maps(program), kubernetes.secrets(program, aws)
        deployments = applications(program)
        free = iter(choose(4 * len(deployments)))
        for deployment in deployments:
            rest_port, rpc_port, second = next(free), next(free), (next(free), next(free))
            cluster = FlinkCluster(
                deployment,
                config_maps=config_maps,
                secrets=secrets,
                source=self._project / "jobs" / deployment.name,
                folder=self._run / "jobs" / deployment.name,
                aws=aws,
                java=java,
                rest_port=rest_port if self.clusters else self._first_web,
                rpc_port=rpc_port,
                high_availability=HighAvailability(self.zookeeper.quorum, *second) if self.zookeeper else None,
            )
            self.clusters.append(cluster)

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
            self.running_at[cluster.name] = time.time()
            self.started_at[cluster.name] = cluster.rest.started_at()
            tell()

    def watch(self) -> None:
        """Start again what Kubernetes would; raise for what nothing would."""
        if self.zookeeper and not self.zookeeper.process.alive:
            self._count([self.zookeeper.process])
            self.zookeeper.start()
        for cluster in self.clusters:
            self._count(cluster.restart_dead())
        self._go_on_scaling()

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

    def _go_on_scaling(self) -> None:
        """The next step of what `lakehouse scale` asked for, if it did."""
        if self._scaling is None:
            request = Request.waiting(self._run)
            if request is None:
                return
            cluster = next(cluster for cluster in self.clusters if cluster.name == request.job)
            self._scaling = request, scale(cluster, request.task_managers)
        request, steps = self._scaling
        error: str | None = None
        try:
            next(steps)
            return
        except StopIteration:
            pass
        except Refused as refused:
            error = str(refused)
        self.scaled.append(Scaled(request=request.id, error=error))
        self._scaling = None
        request.done(self._run)

    def _count(self, dead: list[Process]) -> None:
        now = time.monotonic()
        for process in dead:
            deaths = [death for death in self._deaths.get(process.name, []) if death > now - 60]
            self._deaths[process.name] = [*deaths, now]
            if len(deaths) >= _RESTARTS:
                raise ProcessFailed(process, f"died more than {_RESTARTS} times within a minute")
