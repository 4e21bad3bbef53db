"""A broker and a registry, started once for all tests here; each test gets a topic and databases of its own."""

import signal
from collections.abc import Generator
from uuid import uuid4

import pytest

from sandbox.databases import MySQL, Postgres
from sandbox.kafka import Broker, Registry
from sandbox.ports import choose
from tests.sandbox.conftest import SourceDatabases, source_servers, sources
from tests.sandbox.test_server import new_broker, new_registry, running, small_disk
from tests.weborders.shop import PRICES, Shop, tables

__all__ = ["small_disk", "source_servers", "sources"]

PARTITIONS = 2


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Generator[Broker]:
    server = new_broker(tmp_path_factory.mktemp("kafka"), tuple(choose(2)))
    with running(server):
        yield server


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Generator[Registry]:
    server = new_registry(tmp_path_factory.mktemp("registry"), tuple(choose(1)))
    with running(server):
        yield server


@pytest.fixture
def shop(
    broker: Broker, registry: Registry, sources: SourceDatabases, source_servers: tuple[MySQL, Postgres]
) -> Generator[Shop]:
    mysql, postgres = source_servers
    shop = Shop(broker, registry, sources, f"weborders-{uuid4().hex[:8]}")
    broker.create_topic(shop.topic, PARTITIONS)
    mysql.load(sources.erpdb, tables("erpdb"))
    postgres.load(sources.shipdb, tables("shipdb"))
    for id, price in PRICES.items():
        shop.erpdb("INSERT INTO products VALUES (%s, %s, NULL, %s)", id, f"Product {id}", price)
    yield shop
    for run in shop.runs:
        run.signal(signal.SIGKILL)
        run.ended()
