"""Records and their schemas, as a producer and a consumer see them, through crashes too."""

import io
import json
import struct
import time
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import fastavro
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from sandbox.kafka import Broker, Registry
from sandbox.ports import choose
from sandbox.processes import ProcessFailed
from tests.sandbox.test_server import kill, new_broker, new_registry, running, small_disk

__all__ = ["small_disk"]

Schema = dict[str, Any]

ORDER: Schema = {
    "type": "record",
    "name": "Order",
    "fields": [{"name": "id", "type": "string"}, {"name": "quantity", "type": "int"}],
}


def with_field(**field: Any) -> Schema:
    return {**ORDER, "fields": [*ORDER["fields"], field]}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Generator[Broker]:
    server = new_broker(tmp_path_factory.mktemp("kafka"), tuple(choose(2)))
    with running(server):
        yield server


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Generator[Registry]:
    server = new_registry(tmp_path_factory.mktemp("registry"), tuple(choose(1)))
    with running(server):
        yield server


def call(registry: Registry, method: str, path: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    with urlopen(Request(registry.url + path, data, headers, method=method), timeout=10) as answer:
        return json.load(answer)


def register(registry: Registry, subject: str, schema: Schema, **layout: Any) -> int:
    body = {"schema": json.dumps(schema, **layout)}
    return int(call(registry, "POST", f"/subjects/{subject}/versions", body)["id"])


def schema_of(registry: Registry, number: int) -> Schema:
    found: Schema = json.loads(call(registry, "GET", f"/schemas/ids/{number}")["schema"])
    return found


def refusal(registry: Registry, subject: str, schema: Schema) -> tuple[int, str]:
    with pytest.raises(HTTPError) as error:
        register(registry, subject, schema)
    with error.value as answer:
        return answer.code, answer.read().decode()


def produce(broker: Broker, topic: str, values: list[bytes], *, seconds: float = 20) -> list[KafkaError]:
    """Wait so long for the acknowledgement of all; gives the errors of those that got none."""
    errors: list[KafkaError] = []

    def delivered(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            errors.append(error)

    settings: dict[str, Any] = {
        "bootstrap.servers": broker.bootstrap_servers,
        "enable.idempotence": True,  # each once, in order
        "message.timeout.ms": int(seconds * 1000),
        "topic.metadata.propagation.max.ms": 1000,  # so long may a new topic be unknown
        "log_level": 0,
    }
    producer = Producer(settings)
    for value in values:
        producer.produce(topic, value, on_delivery=delivered)
    assert producer.flush(30) == 0
    return errors


def consume(broker: Broker, topic: str, count: int, *, group: str = "tests") -> list[bytes]:
    """So many records from where the group stopped, which it then commits."""
    settings: dict[str, Any] = {
        "bootstrap.servers": broker.bootstrap_servers,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "log_level": 0,
    }
    consumer = Consumer(settings)
    consumer.subscribe([topic])
    found: list[bytes] = []
    try:
        while len(found) < count:
            message = consumer.poll(20)
            assert message is not None, f"{len(found)} of {count} records came"
            assert message.error() is None, message.error()
            value = message.value()
            assert value is not None
            found.append(value)
        consumer.commit(asynchronous=False)
    finally:
        consumer.close()
    return found


def end(broker: Broker, topic: str) -> int:
    """How many records the topic's only partition has."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": "end", "log_level": 0})
    deadline = time.monotonic() + 20
    try:
        while True:
            try:
                low, high = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=20)
                return high - low
            except KafkaException as error:
                # Of a topic made a moment ago the broker may not know yet that it leads it.
                if error.args[0].code() != KafkaError.NOT_LEADER_FOR_PARTITION or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
    finally:
        consumer.close()


def test_avro_records_with_the_number_of_their_schema(broker: Broker, registry: Registry) -> None:
    broker.create_topic("orders", 3)
    number = register(registry, "orders-value", ORDER)
    sent = [{"id": str(uuid.uuid4()), "quantity": quantity} for quantity in range(10)]
    values: list[bytes] = []
    for order in sent:
        buffer = io.BytesIO(struct.pack(">bI", 0, number))  # Confluent's wire format
        buffer.seek(0, io.SEEK_END)
        fastavro.schemaless_writer(buffer, ORDER, order)  # pyright: ignore[reportUnknownMemberType]
        values.append(buffer.getvalue())
    assert produce(broker, "orders", values) == []
    received: list[Any] = []
    for value in consume(broker, "orders", len(sent)):
        magic, found = struct.unpack(">bI", value[:5])
        assert magic == 0
        record = fastavro.schemaless_reader(io.BytesIO(value[5:]), schema_of(registry, found), None)  # pyright: ignore[reportUnknownMemberType]
        received.append(record)
    assert sorted(received, key=lambda order: order["quantity"]) == sent


def test_what_was_acknowledged_or_committed_outlives_a_crash(tmp_path: Path) -> None:
    broker = new_broker(tmp_path, tuple(choose(2)))
    with running(broker):
        broker.create_topic("orders", 1)
        values = [f"order {number}".encode() for number in range(5000)]
        assert produce(broker, "orders", values) == []
        consume(broker, "orders", 2000, group="job")
        kill(broker)
        broker.start()
        broker.wait_ready()
        assert produce(broker, "orders", [b"after"]) == []
        assert consume(broker, "orders", 3001, group="job") == [*values[2000:], b"after"]


def test_a_prepared_broker_and_registry_are_empty(tmp_path: Path) -> None:
    broker, registry = new_broker(tmp_path, tuple(choose(2))), new_registry(tmp_path, tuple(choose(1)))
    with running(broker), running(registry):
        broker.create_topic("orders", 1)
        assert produce(broker, "orders", [b"old"]) == []
        register(registry, "orders-value", ORDER)
    with running(broker), running(registry):
        broker.create_topic("orders", 1)
        assert end(broker, "orders") == 0
        assert call(registry, "GET", "/subjects") == []


def test_a_misspelt_topic_is_an_error_not_a_new_topic(broker: Broker) -> None:
    (error,) = produce(broker, "ordesr", [b"lost"])
    assert error.code() in (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART)


def test_a_topic_is_created_once(broker: Broker) -> None:
    broker.create_topic("once", 1)
    assert produce(broker, "once", [b"kept"]) == []
    broker.create_topic("once", 1)
    assert end(broker, "once") == 1


def test_a_topic_that_kafka_refuses_is_an_error(broker: Broker) -> None:
    with pytest.raises(KafkaException, match="Topic name is invalid"):
        broker.create_topic("not a name", 1)


def test_a_disk_that_gets_full_ends_kafka_and_costs_nothing_that_was_acknowledged(small_disk: Path) -> None:
    broker = new_broker(small_disk, tuple(choose(2)))
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(16 * 1024 * 1024))
    with running(broker):
        broker.create_topic("orders", 1)
        values = [number.to_bytes(4, "big") * 10_000 for number in range(2000)]
        failed = produce(broker, "orders", values, seconds=4)
        assert failed and not broker.process.alive
        with pytest.raises(ProcessFailed, match=f"disk of {small_disk}.* is full: make room"):
            broker.start()
        ballast.unlink()
        broker.start()
        broker.wait_ready()
        acknowledged = len(values) - len(failed)
        assert acknowledged > 0
        assert consume(broker, "orders", acknowledged) == values[:acknowledged]


def test_a_schema_that_reads_what_is_there_is_accepted_and_any_other_refused(registry: Registry) -> None:
    subject = "evolving-value"
    first = register(registry, subject, ORDER)
    with_default = with_field(name="note", type=["null", "string"], default=None)
    assert register(registry, subject, with_default) > first
    status, said = refusal(registry, subject, with_field(name="destination", type="string"))
    assert status == 409
    assert "destination" in said
    assert call(registry, "GET", f"/subjects/{subject}/versions") == [1, 2]


def test_what_is_no_schema_is_refused(registry: Registry) -> None:
    status, _ = refusal(registry, "broken-value", {"type": "recrod", "name": "Order", "fields": []})
    assert status == 422


def test_the_same_schema_has_the_same_number_however_it_is_written(registry: Registry) -> None:
    number = register(registry, "first-value", ORDER)
    assert register(registry, "first-value", ORDER, indent=2, sort_keys=True) == number
    assert register(registry, "second-value", ORDER) == number
    swapped = {**ORDER, "fields": ORDER["fields"][::-1]}  # its records have other bytes
    assert register(registry, "first-value", swapped) != number


def test_schemas_and_what_is_compatible_outlive_a_crash(tmp_path: Path) -> None:
    registry = new_registry(tmp_path, tuple(choose(1)))
    with running(registry):
        numbers = {name: register(registry, f"{name}-value", {**ORDER, "name": name}) for name in ("A", "B", "C")}
        kill(registry)
        registry.start()
        registry.wait_ready()
        for name, number in numbers.items():
            assert schema_of(registry, number)["name"] == name
            assert register(registry, f"{name}-value", {**ORDER, "name": name}) == number
        status, _ = refusal(registry, "A-value", {**with_field(name="more", type="int"), "name": "A"})
        assert status == 409
        assert register(registry, "D-value", {**ORDER, "name": "D"}) not in numbers.values()
