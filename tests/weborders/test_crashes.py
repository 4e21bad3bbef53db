"""What becomes of orders when a part of it dies or goes away: none is lost, none is doubled."""

import re
import signal
import time

import pytest

from sandbox.databases import MySQL, Postgres
from sandbox.kafka import Broker, Registry
from sandbox.ports import choose
from sandbox.sample.sources import connect_postgres
from tests.sandbox.test_server import kill
from tests.weborders.shop import Shop, expected, order, wait_until
from weborders.customers import order as made

ORDERS = [order(number) for number in range(1, 31)]


def test_a_generator_that_is_killed_and_run_again_with_its_seed_leaves_each_order_once(shop: Shop) -> None:
    arguments = ("generate", "--count", "120", "--rate", "60", "--seed", "9")
    for seen in (20, 80, 160):
        run = shop.start(*arguments)
        wait_until(lambda: len(shop.records()) > seen)  # noqa: B023
        run.signal(signal.SIGKILL)
        run.ended()
    assert shop.start(*arguments).ended() == 0
    repeated = len(shop.records()) - 120
    assert repeated > 0
    assert f"placed 120, redelivered {repeated}, dead letters 0" in shop.process().out
    assert [row.web_order_id for row in shop.entered()] == sorted(
        str(made(index, 9).web_order_id) for index in range(120)
    )


def test_killed_between_the_two_writes(shop: Shop) -> None:
    shop.send_orders(*ORDERS)
    with connect_postgres(shop.sources.postgres, shop.sources.shipdb) as session, session.transaction():
        session.execute("LOCK TABLE shipments IN ACCESS EXCLUSIVE MODE")
        run = shop.start("process")
        wait_until(lambda: shop.count("orders") == len(ORDERS))
        run.signal(signal.SIGKILL)
        assert run.ended() == -signal.SIGKILL
    assert shop.count("shipments") == 0

    assert f"placed {len(ORDERS)}, redelivered 0, dead letters 0" in shop.process().out
    assert shop.entered() == expected(*ORDERS)


def test_killed_between_the_writes_and_the_commit_of_the_offsets(shop: Shop, broker: Broker) -> None:
    shop.send_orders(*ORDERS)
    try:
        with connect_postgres(shop.sources.postgres, shop.sources.shipdb) as session, session.transaction():
            session.execute("LOCK TABLE shipments IN ACCESS EXCLUSIVE MODE")
            run = shop.start("process")
            wait_until(lambda: shop.count("orders") == len(ORDERS))
            kill(broker)
        wait_until(lambda: shop.count("shipments") == len(ORDERS))
        run.signal(signal.SIGKILL)
        run.ended()
    finally:
        broker.start()
        broker.wait_ready()

    assert f"placed 0, redelivered {len(ORDERS)}, dead letters 0" in shop.process().out
    assert shop.entered() == expected(*ORDERS)


def test_a_database_that_goes_away_is_waited_for(shop: Shop, source_servers: tuple[MySQL, Postgres]) -> None:
    run = shop.start("process")
    sent = 0
    for server in source_servers:
        server.process.stop()
        shop.send_orders(*ORDERS[sent : sent + 10])
        time.sleep(1)
        server.start()
        server.wait_ready()
        sent += 10
        wait_until(lambda: shop.count("shipments") == sent)  # noqa: B023
    run.signal(signal.SIGTERM)
    assert run.ended() == 0
    assert shop.entered() == expected(*ORDERS[:sent])
    assert "trying again" in run.err


@pytest.mark.parametrize("name", ["ERPDB", "SHIPDB"])
def test_a_database_that_stays_away_ends_it_with_a_message_and_loses_nothing(shop: Shop, name: str) -> None:
    shop.send_orders(*ORDERS)
    [nobody] = choose(1)
    run = shop.start("process", "--patience", "1", **{f"{name}_PORT": str(nobody)})
    assert run.ended() == 1
    last = run.err.splitlines()[-1]
    assert last.startswith(f"weborders: {name.lower()} (127.0.0.1:{nobody}, database ") and "gave up after 1 s" in last
    assert "Traceback" not in run.err
    shop.process()
    assert shop.entered() == expected(*ORDERS)


def test_a_wrong_password_ends_it_at_once_and_is_not_shown(shop: Shop) -> None:
    shop.send_orders(*ORDERS)
    run = shop.start("process", "--patience", "60", ERPDB_PASSWORD="not-this-one")
    assert run.ended(seconds=20) == 1
    assert "Access denied" in run.err and "not-this-one" not in run.err


def test_a_missing_table_ends_it_at_once(shop: Shop) -> None:
    shop.shipdb("DROP TABLE shipments")
    shop.send_orders(*ORDERS)
    run = shop.start("process", "--patience", "60")
    assert run.ended(seconds=20) == 1
    assert 'relation "shipments" does not exist' in run.err and "check SHIPDB_DATABASE" in run.err


def test_asked_to_end_while_it_waits_for_a_database_it_ends(shop: Shop) -> None:
    shop.send_orders(*ORDERS)
    [nobody] = choose(1)
    run = shop.start("process", ERPDB_PORT=str(nobody))
    time.sleep(3)
    run.signal(signal.SIGTERM)
    assert run.ended(seconds=10) == 0
    assert "placed 0" in run.out
    shop.process()
    assert shop.entered() == expected(*ORDERS)


def test_a_registry_that_is_down_is_waited_for_and_makes_no_dead_letters(shop: Shop, registry: Registry) -> None:
    shop.send_orders(*ORDERS)
    kill(registry)
    run = shop.start("process", "--until-idle", "0")
    time.sleep(2)
    assert shop.count("orders") == 0
    registry.start()
    registry.wait_ready()
    assert run.ended() == 0
    assert shop.entered() == expected(*ORDERS)
    assert shop.dead_letters() == []
    assert f"the schema registry at {registry.url} can't be reached" in run.err


def test_a_registry_that_stays_down_ends_it_and_loses_nothing(shop: Shop) -> None:
    shop.send_orders(*ORDERS)
    [nobody] = choose(1)
    run = shop.start("process", "--patience", "1", SCHEMA_REGISTRY_URL=f"http://127.0.0.1:{nobody}")
    assert run.ended() == 1
    assert "check SCHEMA_REGISTRY_URL and whether the registry runs" in run.err
    assert shop.dead_letters() == []
    shop.process()
    assert shop.entered() == expected(*ORDERS)


def test_a_broker_that_goes_away_is_waited_for(shop: Shop, broker: Broker) -> None:
    shop.send_orders(order(1))
    run = shop.start("process")
    wait_until(lambda: shop.count("shipments") == 1)
    kill(broker)
    time.sleep(1)
    broker.start()
    broker.wait_ready()
    shop.send_orders(order(2))
    wait_until(lambda: shop.count("shipments") == 2)
    run.signal(signal.SIGTERM)
    assert run.ended() == 0
    assert shop.entered() == expected(order(1), order(2))


def test_a_broker_that_stays_away_ends_it_with_a_message(shop: Shop, broker: Broker) -> None:
    shop.send_orders(order(1))
    run = shop.start("process", "--patience", "2")
    wait_until(lambda: shop.count("shipments") == 1)
    kill(broker)
    try:
        assert run.ended() == 1
    finally:
        broker.start()
        broker.wait_ready()
    assert f"no broker at {broker.bootstrap_servers} answers" in run.err
    assert "check KAFKA_BOOTSTRAP_SERVERS" in run.err


def test_processors_come_and_go_and_share_the_partitions(shop: Shop) -> None:
    generator = shop.start("generate", "--rate", "150", "--count", "900", "--seed", "1")
    first = shop.start("process")
    wait_until(lambda: shop.count("shipments") > 100)
    second = shop.start("process")
    wait_until(lambda: shop.count("shipments") > 500)
    first.signal(signal.SIGTERM)
    assert first.ended() == 0 and generator.ended() == 0
    wait_until(lambda: shop.count("shipments") == 900)
    second.signal(signal.SIGTERM)
    assert second.ended() == 0
    assert len({row.web_order_id for row in shop.entered()}) == 900
    placed = [int(re.findall(r"ended: placed (\d+)", run.out)[0]) for run in (first, second)]
    assert sum(placed) == 900 and all(placed)
