"""The jobs on Kafka: good, bad and late records, each in exactly one place; files; a count."""

import json
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from sandbox.addresses import Kafka
from sandbox.athena.engine import Athena
from sandbox.aws.local import aws_client
from tests.end_to_end.project import Project
from weborders import avro, customers
from weborders.order import WebOrder

JOBS = ("weborders-lake", "weborders-monitor", "weborders-files")
GOOD = 60
TOPIC = "weborders"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("web-orders") / "project")
    up = project.lakehouse("up", *JOBS, "--orders", "50")
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def kafka(project: Project) -> Kafka:
    found = project.state.kafka
    assert found is not None, "a job reads it"
    return found


def send(project: Project, *values: bytes) -> None:
    producer = Producer({"bootstrap.servers": kafka(project).bootstrap_servers, "enable.idempotence": True})
    for value in values:
        producer.produce(TOPIC, value, uuid4().hex)
    assert producer.flush(30) == 0


def schema_id(project: Project) -> int:
    with urlopen(f"{kafka(project).registry}/subjects/{TOPIC}-value/versions/latest", timeout=10) as answer:
        return int(json.load(answer)["id"])


def rows(project: Project, table: str) -> list[dict[str, object]]:
    assert project.state.aws is not None
    with Athena(project.state.aws) as athena:
        return [dict(row) for row in athena.rows(f"iceberg_orders.{table}")]


def eventually(look: Callable[[], bool], what: str, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(1)


def test_every_record_is_in_exactly_one_of_the_two_tables(project: Project) -> None:
    sent = project.lakehouse("weborders", "generate", "--count", str(GOOD), "--rate", "200")
    assert sent.returncode == 0, sent.stdout + sent.stderr
    known = schema_id(project)
    order = customers.order(0, None)
    twice = avro.encode(order, known)
    old = WebOrder.model_validate(
        customers.order(1, None).model_dump() | {"order_date": datetime.now(UTC) - timedelta(days=3)}
    )
    bad = [b"not avro", b"", twice[:12], struct.pack(">bI", 0, 999_999) + twice[5:]]
    send(project, twice, twice, avro.encode(old, known), *bad)
    total = GOOD + 3 + len(bad)
    eventually(
        lambda: len(rows(project, "web_orders")) + len(rows(project, "web_orders_dead_letters")) >= total,
        "the records are in the lake",
    )
    orders, letters = rows(project, "web_orders"), rows(project, "web_orders_dead_letters")
    places = Counter((row["kafka_partition"], row["kafka_offset"]) for row in (*orders, *letters))
    assert len(places) == total
    assert set(places.values()) == {1}
    assert len(orders) == GOOD + 1
    assert Counter(letter["problem"] for letter in letters) == {"malformed": len(bad), "late": 1, "duplicate": 1}
    malformed = [letter for letter in letters if letter["problem"] == "malformed"]
    kept = [value for letter in malformed if isinstance(value := letter["raw_value"], bytes) and value]
    assert sorted(kept) == sorted(filter(None, bad))
    assert all(letter["reason"] for letter in malformed)
    late = next(letter for letter in letters if letter["problem"] == "late")
    assert json.loads(str(late["record"]))["web_order_id"] == str(old.web_order_id)
    days = {row["order_day"] for row in orders}
    assert days <= {datetime.now(UTC).date(), (datetime.now(UTC) - timedelta(hours=1)).date()}


def test_files_of_each_format_hold_every_order(project: Project) -> None:
    assert project.state.aws is not None
    s3 = aws_client(project.state.aws, "s3")

    def objects(format_: str) -> list[str]:
        found = s3.list_objects_v2(Bucket="lake-files", Prefix=f"weborders-files/weborders/{format_}/")
        keys = [entry.get("Key", "") for entry in found.get("Contents", [])]
        return [key for key in keys if not key.rpartition("/")[2].startswith(("_", "."))]

    def content(format_: str) -> list[bytes]:
        return [s3.get_object(Bucket="lake-files", Key=key)["Body"].read() for key in objects(format_)]

    # Every record that is an order, late ones and duplicates too.
    expected = GOOD + 3
    eventually(lambda: sum(part.count(b"\n") for part in content("json")) >= expected, "JSON files are there", 150)
    eventually(lambda: sum(part.count(b"\n") for part in content("csv")) >= expected, "CSV files are there")
    lines = [json.loads(line) for part in content("json") for line in part.splitlines()]
    assert len(lines) == expected
    assert set(lines[0]) == {"web_order_id", "order_date", "customer_name", "destination", "product_id", "quantity"}
    assert all("order_day=" in key for key in objects("csv"))
    assert all(part.startswith(b"Obj\x01") for part in content("avro"))
    assert content("avro")


def test_the_monitor_counts_what_came(project: Project) -> None:
    def said() -> str:
        return project.lakehouse("logs", "weborders-monitor: TaskManager", "-n", "200").stdout

    eventually(lambda: "weborders> " in said() or "weborders:" in said(), "the monitor has printed a line", 30)
