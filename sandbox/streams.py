"""Kafka with the schema registry of its records, for jobs that read topics; a sandbox without such a job has none."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.addresses import Kafka
from sandbox.kafka import Broker, Registry
from sandbox.packages import java_home, kafka_packages
from sandbox.ports import choose
from sandbox.processes import Process

_PARTITIONS = 3
"""Of each topic: more than one, so that jobs meet records out of order as they do elsewhere."""


class Streams:
    """Both servers: `prepare()` (any thread), `start()` (the main thread), `make_topics()` (any thread), `stop()`."""

    def __init__(self, run: Path, ports: Mapping[str, int]) -> None:
        packages = kafka_packages()
        java = java_home() / "bin" / "java"
        (controller,) = choose(1)
        self._broker = Broker(packages, run, ports["kafka"], controller_port=controller, java=java)
        self._registry = Registry(packages, run, ports["registry"])

    @property
    def address(self) -> Kafka:
        return Kafka(self._broker.bootstrap_servers, self._registry.url)

    @property
    def processes(self) -> list[Process]:
        return [self._broker.process, self._registry.process]

    def prepare(self) -> None:
        self._broker.prepare()
        self._registry.prepare()

    def start(self) -> None:
        self._broker.start()
        self._registry.start()

    def make_topics(self, names: Iterable[str]) -> None:
        """Once both are ready."""
        self._broker.wait_ready()
        for name in names:
            self._broker.create_topic(name, _PARTITIONS)
        self._registry.wait_ready()

    def restart_dead(self) -> None:
        """Start again what died, with the records and schemas that it had, as Kubernetes would."""
        for server in (self._broker, self._registry):
            if not server.process.alive:
                server.start()

    def stop(self) -> None:
        self._registry.stop()
        self._broker.stop()
