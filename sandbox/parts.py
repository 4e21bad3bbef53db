"""All parts of a running sandbox, in the order in which they need each other: databases, AWS, the program, its jobs."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from infra.errors import ConfigurationError
from infra.jobs import load_jobs
from infra.kafka import topics_of
from infra.settings import Settings
from sandbox import kubernetes
from sandbox.addresses import Aws, Kafka, Login
from sandbox.around import Around
from sandbox.aws.local import start_aws
from sandbox.aws.provision import PlayedCloud
from sandbox.catalogs import lay_out
from sandbox.changes import Changes
from sandbox.databases import Flavour
from sandbox.flink.definition import Definition, definitions
from sandbox.jobs import Jobs
from sandbox.processes import Process, ProcessFailed
from sandbox.program import Here, Program, read_settings, run_program
from sandbox.redeclare import SecondLook, outputs
from sandbox.sources import Sources

if TYPE_CHECKING:
    from sandbox.streams import Streams

_LEAST_FREE_MIB = 256
_MIB = 1024 * 1024


class DiskFull(Exception):
    """Too little room is left to go on without losing data."""


@dataclass(frozen=True)
class Wishes:
    """What a person may choose about a sandbox."""

    stack: str
    ports: dict[str, int]
    orders: int
    seed: int
    flavour: Flavour
    jobs: tuple[str, ...] = ()
    """These alone; empty: those that the stack runs."""
    zookeeper: bool = False
    """Two JobManagers for each job, of which ZooKeeper elects the leader; else one, which must not die."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        found: dict[str, Any] = json.loads(text)
        found["jobs"] = tuple(found["jobs"])
        return cls(**found)


Step = Callable[[str], AbstractContextManager[None]]
"""Names what is being done now, for the loading display."""

GoOn = Callable[[float], None]
"""Waits so many seconds, and raises as soon as the sandbox is asked to end."""


class Parts:
    """What the supervisor owns: `start` (the main thread), then `watch` again and again, then `stop`."""

    def __init__(self, project: Path, run: Path, wishes: Wishes, go_on: GoOn) -> None:
        """`run`: the folder for everything that goes with this sandbox."""
        self._go_on = go_on
        self._project = project
        self._run = run
        self._wishes = wishes
        self._owned = ExitStack()
        self._pool = self._owned.enter_context(ThreadPoolExecutor())
        self._servers: list[Process] = []
        self.aws: Aws | None = None
        self.databases: dict[str, Login] = {}
        self.kafka: Kafka | None = None
        self._streams: Streams | None = None
        self.program: Program | None = None
        self.jobs = Jobs(project, run, first_web=wishes.ports["flink"], high_availability=wishes.zookeeper)
        self.changes = Changes(run, self.jobs, self._pool, self._around, self._redefine)

    @property
    def logs(self) -> dict[str, Path]:
        streams = self._streams.processes if self._streams else []
        processes = [*self._servers, *streams, *self.jobs.processes]
        return {process.name: process.log for process in processes}

    def start(self, step: Step, tell: Callable[[], None]) -> None:
        """Bring everything up; `tell` is called when there is something new to know.

        Raises `ConfigurationError` for bad input, and `ProcessFailed`, `JobEnded`, `AwsFailed`, `NotSetUp` or
        `DiskFull`.
        """
        shutil.rmtree(self._run, ignore_errors=True)
        self._run.mkdir(parents=True)
        self._check_disk()
        settings = read_settings(self._project, self._wishes.stack, Here(jobs=self._wishes.jobs))
        # The program reads them too; here a mistake is told before anything is started.
        jobs = load_jobs(self._project / "jobs", settings)
        sources = Sources(self._run, self._wishes.ports, self._wishes.flavour)
        topics = topics_of(jobs)
        self._streams = self._make_streams() if topics else None
        with step(f"AWS is played, databases{' and Kafka' if topics else ''} are laid out"):
            aws = self._start_servers(sources, settings)
        tell()
        filled = [self._pool.submit(self._fill, sources, settings)]
        if self._streams:
            filled.append(self._pool.submit(self._streams.make_topics, topics))
        with step("The program declares its resources"):
            self.program = run_program(self._project, self._wishes.stack, PlayedCloud(aws), self._here(aws))
            self._write_outputs(self.program)
        tell()
        with step("Jobs are prepared"):
            self.jobs.declare(self.program, jobs, aws)
            self._await(*[self._pool.submit(cluster.prepare) for cluster in self.jobs.clusters])
        with step(f"Databases run with {self._wishes.orders:,} sample orders"):
            self._await(*filled)
        with step("Jobs run"):
            self.jobs.start(self._go_on, tell)

    def watch(self) -> None:
        """Start again what Kubernetes would; raise for what nothing would, as `start` does."""
        self._check_disk()
        if self._streams:
            self._streams.restart_dead()
        for server in self._servers:
            if not server.alive:
                raise ProcessFailed(server, f"died (exit code {server.exit_code})")
        self.jobs.watch()
        self.changes.go_on()

    def stop(self) -> None:
        """End every process and thread; safe at any moment."""
        self.jobs.stop()
        self._owned.close()

    @cache  # noqa: B019 (there is one of these in a process)
    def _around(self) -> Around:
        return Around.of(self._played, self.databases.get("postgres"))

    @property
    def _played(self) -> Aws:
        assert self.aws is not None, "it is played before any job runs"
        return self.aws

    def _redefine(self, job: str) -> tuple[Definition, Callable[[], None]]:
        """What the project's files say of a running job now; what else they declare that is new is made with it."""
        aws, before = self._played, self.program
        assert before is not None, "the program ran before any job"
        here = self._here(aws)
        jobs = load_jobs(self._project / "jobs", read_settings(self._project, self._wishes.stack, here))
        cloud = SecondLook(before, aws)
        after = run_program(self._project, self._wishes.stack, cloud, here)
        found = definitions(after, jobs, kubernetes.config_maps(after), kubernetes.secrets(after, aws))
        definition = next((each for each in found if each.name == job), None)
        if definition is None:
            raise ConfigurationError(f"jobs/{job}: the stack does not run it any more")

        def make() -> None:
            cloud.make()
            self.program = replace(after, outputs=outputs(before, after, job))
            self._write_outputs(self.program)

        return definition, make

    def _write_outputs(self, program: Program) -> None:
        (self._run / "outputs.json").write_text(json.dumps(program.outputs, indent=2))

    def _make_streams(self) -> "Streams":
        # Kafka's client takes a tenth of a second to import.
        from sandbox.streams import Streams

        return Streams(self._run, self._wishes.ports)

    def _here(self, aws: Aws) -> Here:
        kafka = self.kafka
        return Here(
            aws_endpoint=aws.endpoint,
            bootstrap_servers=kafka.bootstrap_servers if kafka else None,
            registry=kafka.registry if kafka else None,
            jobs=self._wishes.jobs,
        )

    def _start_servers(self, sources: Sources, settings: Settings) -> Aws:
        prepared = [self._pool.submit(server.prepare) for server in sources.servers.values()]
        if self._streams:
            prepared.append(self._pool.submit(self._streams.prepare))
        aws = start_aws(port=self._wishes.ports["aws"], region=settings.aws.region, log=self._run / "aws.log")
        self._owned.callback(aws.stop)
        sources.publish_secrets(aws.address)
        self._await(*prepared)
        for server in sources.servers.values():
            self._owned.callback(server.stop)
            server.start()
            self._servers.append(server.process)
        if self._streams:
            self._owned.callback(self._streams.stop)
            self._streams.start()
            self.kafka = self._streams.address
        self.aws, self.databases = aws.address, sources.admins
        return aws.address

    def _await(self, *futures: Future[None]) -> None:
        """Until all are done; raises what the first that failed did."""
        while not all(future.done() for future in futures):
            self._go_on(0.05)
        for future in futures:
            future.result()

    def _fill(self, sources: Sources, settings: Settings) -> None:
        for server in sources.servers.values():
            server.wait_ready()
        sources.fill(settings.sources, orders=self._wishes.orders, seed=self._wishes.seed)
        assert self.aws is not None, "it is played before anything is filled"
        lay_out(settings.catalogs, self.aws, sources.servers["postgres"])

    def _check_disk(self) -> None:
        free = shutil.disk_usage(self._run).free // _MIB
        if free < _LEAST_FREE_MIB:
            raise DiskFull(
                f"the disk of {self._run} is full: {free} MiB are free; the sandbox stops at {_LEAST_FREE_MIB} MiB,\n"
                "before a database or a commit breaks; make room, then start it again"
            )
