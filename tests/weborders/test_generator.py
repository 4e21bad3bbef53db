"""What `generate` sends, and what it says when it can't."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

from sandbox.kafka import Broker, Registry
from sandbox.ports import choose
from tests.sandbox.conftest import SourceDatabases
from tests.sandbox.test_server import kill, new_broker, running
from tests.weborders.shop import PACKAGE, Shop, wait_until
from weborders.avro import Decoder
from weborders.customers import order
from weborders.order import SCHEMA, WebOrder
from weborders.patience import Patience
from weborders.registry import SchemaRegistry
from weborders.settings import RegistrySettings


def sent(shop: Shop) -> list[WebOrder]:
    decoder = Decoder(SchemaRegistry(RegistrySettings(url=shop.registry.url), Patience(10)))
    return [decoder.decode(message.value()) for message in shop.records()]


def acknowledged(text: str) -> int:
    return int(re.findall(r"(\d+)(?: of \d+)? orders (?:were )?acknowledged", text)[-1])


def test_it_sends_as_many_as_asked_and_knows_of_each(shop: Shop) -> None:
    run = shop.generate("--count", "60")
    records = shop.records()
    assert acknowledged(run.out) == len(records) == 60
    assert len({record.partition() for record in records}) == 2
    assert [bytes(record.key() or b"").decode() for record in records] == [str(o.web_order_id) for o in sent(shop)]


def test_the_same_seed_sends_the_same_orders_and_no_seed_new_ones(shop: Shop) -> None:
    for _ in range(2):
        shop.generate("--count", "20", "--seed", "7")
    seeded = sorted(sent(shop), key=lambda order: order.order_date)
    assert seeded == [order(index // 2, 7) for index in range(40)]
    shop.generate("--count", "20")
    assert len(set(sent(shop))) == 40


def test_orders_are_the_same_on_every_machine() -> None:
    made = order(3, 7)
    assert made.web_order_id == UUID("e004f30d-22dd-490b-9b2e-6317c63c8946")
    assert made.web_order_id.version == 4


def test_what_it_sends_the_processor_enters(shop: Shop) -> None:
    shop.generate("--count", "50", "--seed", "1")
    assert "placed 50, redelivered 0, dead letters 0" in shop.process().out
    assert {row.web_order_id for row in shop.entered()} == {str(order(index, 1).web_order_id) for index in range(50)}


def test_it_keeps_its_rate(shop: Shop) -> None:
    shop.generate("--count", "100", "--rate", "50")
    times = [record.timestamp()[1] for record in shop.records()]
    assert 1.8 < (max(times) - min(times)) / 1000 < 3


def test_a_rate_excludes_pauses(shop: Shop) -> None:
    run = shop.start("generate", "--rate", "5", "--order-pause-max", "1")
    assert run.ended() == 2
    assert "excludes --order-pause-max" in run.err


def test_asked_to_end_it_says_how_many_were_sent(shop: Shop) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        before = len(shop.records())
        run = shop.start("generate", "--count", "100000", "--rate", "100")
        wait_until(lambda: len(shop.records()) > before + 20)  # noqa: B023
        run.signal(number)
        assert run.ended(seconds=10) == 0
        assert acknowledged(run.out) == len(shop.records()) - before
        assert "asked to end" in run.out


def test_a_topic_that_is_not_there_is_named(shop: Shop) -> None:
    run = shop.start("generate", KAFKA_TOPIC="web-orders")
    assert run.ended() == 1
    assert run.err == (
        f"weborders: there is no topic web-orders at {shop.broker.bootstrap_servers}: create it, or check KAFKA_TOPIC\n"
    )


def test_a_broker_that_is_down_at_the_start_is_named(shop: Shop) -> None:
    [nobody] = choose(1)
    run = shop.start("generate", "--patience", "1", KAFKA_BOOTSTRAP_SERVERS=f"127.0.0.1:{nobody}")
    assert run.ended(seconds=20) == 1
    assert f"no broker at 127.0.0.1:{nobody} answers" in run.err and "check KAFKA_BOOTSTRAP_SERVERS" in run.err
    assert "Connection refused" in run.err


def test_a_registry_that_is_down_is_named(shop: Shop) -> None:
    [nobody] = choose(1)
    run = shop.start("generate", "--patience", "1", SCHEMA_REGISTRY_URL=f"http://127.0.0.1:{nobody}")
    assert run.ended(seconds=20) == 1
    assert f"the schema registry at http://127.0.0.1:{nobody} can't be reached" in run.err


def test_a_broker_that_comes_back_in_time_costs_nothing(shop: Shop, broker: Broker) -> None:
    run = shop.start("generate", "--count", "300", "--rate", "100", "--seed", "3")
    wait_until(lambda: len(shop.records()) > 20)
    kill(broker)
    time.sleep(0.5)
    broker.start()
    broker.wait_ready()
    assert run.ended() == 0
    assert acknowledged(run.out) == 300
    assert sorted(o.web_order_id for o in sent(shop)) == sorted(order(i, 3).web_order_id for i in range(300))


def test_a_broker_that_goes_away_ends_it_and_all_that_was_acknowledged_is_there(shop: Shop, broker: Broker) -> None:
    run = shop.start("generate", "--count", "100000", "--rate", "100", "--seed", "4", "--patience", "2")
    wait_until(lambda: len(shop.records()) > 20)
    kill(broker)
    try:
        assert run.ended(seconds=20) == 1
    finally:
        broker.start()
        broker.wait_ready()
    assert "did not take an order" in run.err and "with the same --seed" in run.err
    there = {o.web_order_id for o in sent(shop)}
    assert 20 < acknowledged(run.err) <= len(there)

    shop.generate("--count", str(len(there) + 50), "--seed", "4")
    shop.process()
    assert len(shop.entered()) == len(there) + 50


def test_a_disk_that_gets_full_ends_it_and_all_that_was_acknowledged_is_there(
    small_disk: Path, registry: Registry, sources: SourceDatabases
) -> None:
    ballast = small_disk / "ballast"
    broker = new_broker(small_disk, tuple(choose(2)))
    shop = Shop(broker, registry, sources, "full")
    with running(broker):
        broker.create_topic("full", 2)
        ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 1024 * 1024))
        run = shop.start("generate", "--count", "10000000", "--rate", "1000000", "--seed", "5", "--patience", "2")
        assert run.ended() == 1
        assert "did not take an order" in run.err and "disk full?" in run.err
        broker.stop()
        ballast.unlink()
        broker.start()
        broker.wait_ready()
        assert 0 < acknowledged(run.err) <= len(shop.records())


def test_an_incompatible_schema_is_refused_by_name_of_the_field(shop: Shop) -> None:
    before = json.loads(SCHEMA)
    before["fields"] = [field for field in before["fields"] if field["name"] != "quantity"]
    shop.register(json.dumps(before))
    run = shop.start("generate")
    assert run.ended() == 1
    assert f"refused the schema of {shop.topic}-value" in run.err
    assert "/fields/5 (quantity)" in run.err and "Give each new field a default" in run.err
    assert shop.records() == []


def test_a_newer_compatible_version_is_no_obstacle(shop: Shop) -> None:
    shop.register()
    newer = json.loads(SCHEMA)
    newer["fields"].append({"name": "gift_note", "type": "string", "default": ""})
    shop.register(json.dumps(newer))
    shop.generate("--count", "5")
    assert len(sent(shop)) == 5


def test_on_a_terminal_it_shows_a_bar(shop: Shop) -> None:
    ours, its = pty.openpty()
    try:
        process = subprocess.run(
            [sys.executable, "-m", "weborders", "generate", "--count", "20", "--rate", "20"],
            env={**os.environ, **shop.environment, "PYTHONPATH": str(PACKAGE), "TERM": "xterm", "COLUMNS": "120"},
            stdout=its,
            timeout=30,
            check=False,
        )
        shown = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(its)
    assert process.returncode == 0
    assert "20 of 20 orders acknowledged" in shown and "━" in shown and "\x1b[" in shown
