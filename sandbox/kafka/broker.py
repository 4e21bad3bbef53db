"""Kafka: one node that is broker and controller."""

from base64 import urlsafe_b64encode
from concurrent.futures import Future
from pathlib import Path
from typing import cast
from uuid import uuid4

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sandbox import jvm
from sandbox.processes import Process
from sandbox.server import HOST, Server

_SETTINGS = "server.properties"

_HEAP_MIB = 256
_FORMAT_SECONDS = 60
_ANSWER_SECONDS = 1.0
_CREATE_SECONDS = 30


class Broker(Server):
    """A single-node Kafka without ZooKeeper (KRaft): a record that it acknowledged outlives a crash of the process."""

    def __init__(self, packages: Path, run: Path, port: int, *, controller_port: int, java: Path) -> None:
        """`controller_port`: where the node talks to itself; `java`: a JVM of version 17 or later."""
        self._port = port
        self._controller_port = controller_port
        self._java = java
        self._classpath = jvm.classpath(packages / "kafka")
        self._home = run.resolve() / "kafka"
        process = self._process("Kafka", "kafka.Kafka", _SETTINGS)
        super().__init__(process, home=self._home, ports=(port, controller_port))

    @property
    def bootstrap_servers(self) -> str:
        return f"{HOST}:{self._port}"

    def prepare(self) -> None:
        super().prepare()
        settings = "".join(f"{key}={value}\n" for key, value in self._settings().items())
        (self._home / _SETTINGS).write_text(settings)
        # Kafka's own form of an identifier (its storage tool's `random-uuid`).
        cluster = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        format_folder = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", f"--config={_SETTINGS}")
        self._process("Kafka's set-up", *format_folder).run(seconds=_FORMAT_SECONDS)

    def create_topic(self, name: str, partitions: int) -> None:
        """Create it unless it exists; raises `KafkaException` when Kafka refuses."""
        admin = self._admin()  # named, since a request ends with its client
        requests = cast(
            dict[str, Future[None]],
            admin.create_topics([NewTopic(name, partitions, 1)], operation_timeout=_CREATE_SECONDS),  # pyright: ignore[reportUnknownMemberType]
        )
        try:
            requests[name].result(_CREATE_SECONDS)
        except KafkaException as refusal:
            error = refusal.args[0]
            if not isinstance(error, KafkaError) or error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise

    def _is_ready(self) -> bool:
        """Whether it serves every partition that it has."""
        try:
            cluster = self._admin().list_topics(timeout=_ANSWER_SECONDS)
        except KafkaException:
            return False
        partitions = [partition for topic in cluster.topics.values() for partition in topic.partitions.values()]
        return bool(cluster.brokers) and all(partition.leader in cluster.brokers for partition in partitions)

    def _admin(self) -> AdminClient:
        # Without its log, which goes to our standard error with a line for each refused connection.
        return AdminClient({"bootstrap.servers": self.bootstrap_servers, "log_level": 0})

    def _process(self, name: str, *program: str) -> Process:
        argv = jvm.command(self._java, ["-cp", self._classpath, *program], heap_mib=_HEAP_MIB)
        # Its paths are relative to its home: the settings' file can't say every path (commas, other letters).
        return Process(name, argv, log=self._home.parent / "logs" / "kafka.log", cwd=self._home)

    def _settings(self) -> dict[str, str]:
        controller = f"{HOST}:{self._controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.bootstrap_servers},CONTROLLER://{controller}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": "data",
            # A topic comes from whoever owns it, with its number of partitions; a misspelt one is an error.
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            # After a crash the node has to wait so long until it may take its own old place (default: 9 s).
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            # A consumer waits for no others that might join its group.
            "group.initial.rebalance.delay.ms": "0",
            # Taken from the heap at the start, and 128 MiB by default.
            "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
        }
