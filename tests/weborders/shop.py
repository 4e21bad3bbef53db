"""What a test has: a topic, two databases, and the program as its image runs it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pymysql
from confluent_kafka import Consumer, KafkaException, Message, Producer, TopicPartition

from sandbox.kafka import Broker, Registry
from sandbox.sample.sources import connect_mysql, connect_postgres
from tests.declared import PROJECT
from tests.sandbox.conftest import SourceDatabases
from weborders.avro import encode
from weborders.order import SCHEMA, WebOrder
from weborders.patience import Patience
from weborders.registry import SchemaRegistry
from weborders.settings import RegistrySettings

PACKAGE = PROJECT / "images" / "weborders"

PRICES = {1: Decimal("9.99"), 2: Decimal("100.00"), 777: Decimal("99999999.99")}


def order(number: int = 1, **other: Any) -> WebOrder:
    """A web order that both databases take."""
    content: dict[str, Any] = {
        "web_order_id": f"00000000-0000-4000-8000-{number:012}",
        "order_date": "2026-03-01T10:20:30.456Z",
        "customer_name": "Zoë O'Brien 𠮷",
        "destination": "'s-Hertogenbosch",
        "product_id": 1,
        "quantity": 3,
    }
    return WebOrder.model_validate(content | other)


def wait_until(done: Callable[[], bool], *, seconds: float = 30, interval: float = 0.05) -> None:
    """Fails when it takes longer."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(interval)


def as_text(value: str | bytes | None) -> str:
    """Of a header or key, in which clients give bytes."""
    return value.decode() if isinstance(value, bytes) else str(value)


class Run:
    """The program, running."""

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "weborders", *arguments],
            env={**os.environ, **environment, "PYTHONPATH": str(PACKAGE), "PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.out = self.err = ""

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def ended(self, *, seconds: float = 60) -> int:
        """Its exit code; `out` and `err` hold what it said."""
        if self._process.returncode is None:
            try:
                self.out, self.err = self._process.communicate(timeout=seconds)
            finally:
                self._process.kill()
        return int(self._process.wait())


@dataclass
class Shop:
    """A topic of its own, and databases of its own with three products."""

    broker: Broker
    registry: Registry
    sources: SourceDatabases
    topic: str
    group: str = field(default_factory=lambda: f"group-{uuid4().hex[:8]}")
    runs: list[Run] = field(default_factory=list[Run])

    @property
    def dead_letter_topic(self) -> str:
        return f"{self.topic}-dead-letters"

    @property
    def environment(self) -> dict[str, str]:
        mysql, postgres = self.sources.mysql, self.sources.postgres
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.broker.bootstrap_servers,
            "KAFKA_TOPIC": self.topic,
            "KAFKA_GROUP": self.group,
            "SCHEMA_REGISTRY_URL": self.registry.url,
            "ERPDB_HOST": mysql.host,
            "ERPDB_PORT": str(mysql.port),
            "ERPDB_USERNAME": mysql.username,
            "ERPDB_PASSWORD": mysql.password,
            "ERPDB_DATABASE": self.sources.erpdb,
            "SHIPDB_HOST": postgres.host,
            "SHIPDB_PORT": str(postgres.port),
            "SHIPDB_USERNAME": postgres.username,
            "SHIPDB_PASSWORD": postgres.password,
            "SHIPDB_DATABASE": self.sources.shipdb,
        }

    def start(self, *arguments: str, **environment: str) -> Run:
        """Run the program in the background; what is left of it at the test's end is killed."""
        run = Run(arguments, self.environment | environment)
        self.runs.append(run)
        return run

    def generate(self, *arguments: str, **environment: str) -> Run:
        """`generate`, until it succeeded: without pauses, unless the arguments say otherwise."""
        pace = () if "--rate" in arguments else ("--order-pause-max", "0", "--batch-pause-max", "0")
        return self._succeeds(self.start("generate", *pace, *arguments, **environment))

    def process(self, *arguments: str, **environment: str) -> Run:
        """`process`, until it succeeded: all that is in the topic."""
        return self._succeeds(self.start("process", "--until-idle", "0", *arguments, **environment))

    def _succeeds(self, run: Run) -> Run:
        code = run.ended()
        assert code == 0, run.err
        assert "Traceback" not in run.err
        return run

    def register(self, schema: str = SCHEMA, *, subject: str | None = None) -> int:
        """The schema's id, as a version of the topic's values (or another subject)."""
        settings = RegistrySettings(url=self.registry.url)
        return SchemaRegistry(settings, Patience(10)).register(subject or f"{self.topic}-value", schema)

    def send(self, *values: bytes | None, partition: int = 0, topic: str | None = None) -> None:
        """Records without a key, in this order, in one partition."""
        producer = Producer({"bootstrap.servers": self.broker.bootstrap_servers, "acks": "all"})
        for value in values:
            producer.produce(topic or self.topic, value, partition=partition)
        assert producer.flush(30) == 0

    def send_orders(self, *orders: WebOrder, partition: int = 0) -> None:
        schema_id = self.register()
        self.send(*(encode(order, schema_id) for order in orders), partition=partition)

    def records(self, topic: str | None = None, *, partitions: int = 2) -> list[Message]:
        """All that is in the topic now, partition by partition; a broker that has just started is given time."""
        deadline = time.monotonic() + 20
        while True:
            try:
                return self._read(topic, partitions)
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def _read(self, topic: str | None, partitions: int) -> list[Message]:
        consumer = Consumer(
            {"bootstrap.servers": self.broker.bootstrap_servers, "group.id": "reader", "fetch.wait.max.ms": 20}
        )
        found: list[Message] = []
        try:
            for partition in range(partitions):
                here = TopicPartition(topic or self.topic, partition, 0)
                _, end = consumer.get_watermark_offsets(here, timeout=10)
                consumer.assign([here])
                position = 0
                while position < end:
                    message = consumer.poll(10)
                    assert message is not None and message.error() is None
                    position = (message.offset() or 0) + 1
                    found.append(message)
        finally:
            consumer.close()
        return found

    def dead_letters(self) -> list[tuple[bytes | None, dict[str, str]]]:
        """Value and headers of each."""
        return [
            (message.value(), {name: as_text(value) for name, value in message.headers() or []})
            for message in self.records(self.dead_letter_topic, partitions=1)
        ]

    def erpdb(self, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.mysql() as connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())

    def shipdb(self, statement: str) -> list[tuple[Any, ...]]:
        with connect_postgres(self.sources.postgres, self.sources.shipdb) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def mysql(self) -> "pymysql.Connection[Any]":
        return connect_mysql(self.sources.mysql, self.sources.erpdb)

    def count(self, table: str) -> int:
        query = f"SELECT count(*) FROM {table}"
        return int((self.shipdb(query) if table == "shipments" else self.erpdb(query))[0][0])

    def entered(self) -> "list[Row]":
        """Each row of both databases, joined in Python: an order without a shipment or a shipment without an order, or
        two of either, would be seen."""
        orders = self.erpdb(
            "SELECT order_id, web_order_id, order_date, customer_name, product_id, order_qty, order_total, order_status"
            " FROM orders ORDER BY web_order_id"
        )
        shipments = self.shipdb("SELECT order_id, origin, destination, has_arrived FROM shipments")
        by_order = {row[0]: row[1:] for row in shipments}
        assert len(by_order) == len(shipments) == len(orders)
        return [Row(*row[1:], *by_order[row[0]]) for row in orders]


@dataclass(frozen=True)
class Row:
    """An order and its shipment."""

    web_order_id: str
    order_date: datetime
    customer_name: str
    product_id: int
    quantity: int
    total: Decimal
    status: str
    origin: str
    destination: str
    has_arrived: bool


def expected(*orders: WebOrder) -> list[Row]:
    """What both databases should hold of them."""
    return sorted(
        (
            Row(
                str(order.web_order_id),
                order.order_date.replace(microsecond=0, tzinfo=None),
                order.customer_name,
                order.product_id,
                order.quantity,
                PRICES.get(order.product_id, Decimal(0)) * order.quantity,
                "PLACED",
                "Central warehouse",
                order.destination,
                False,
            )
            for order in orders
        ),
        key=lambda row: row.web_order_id,
    )


def tables(name: str) -> str:
    """A script of the sample's tables."""
    return Path(PROJECT / "sandbox" / "sample" / f"{name}.sql").read_text()
