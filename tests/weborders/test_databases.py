"""What `entry` relies on when two processors enter one order, and how databases' errors are sorted."""

import threading
from typing import Any

import pytest
from pydantic import SecretStr

from sandbox.sample.sources import connect_postgres
from tests.weborders.shop import Shop, order, wait_until
from weborders import databases, erpdb, shipdb
from weborders.errors import Failed, Unavailable
from weborders.settings import ErpdbSettings, ShipdbSettings


def orders_database(shop: Shop, **other: Any) -> databases.Database:
    login = shop.sources.mysql
    settings = ErpdbSettings(
        host=login.host,
        port=login.port,
        username=login.username,
        password=SecretStr(login.password),
        database=shop.sources.erpdb,
    )
    return databases.erpdb(settings.model_copy(update=other))


def shipments_database(shop: Shop) -> databases.Database:
    login = shop.sources.postgres
    return databases.shipdb(
        ShipdbSettings(
            host=login.host,
            port=login.port,
            username=login.username,
            password=SecretStr(login.password),
            database=shop.sources.shipdb,
        )
    )


def test_an_order_that_another_processor_is_entering_is_found_and_not_doubled(shop: Shop) -> None:
    database = orders_database(shop)
    placements: list[erpdb.Placement] = []
    with shop.mysql() as other, other.cursor() as cursor:
        other.begin()
        cursor.execute(
            "INSERT INTO orders (order_date, customer_name, order_total, order_qty, product_id, order_status,"
            " web_order_id) VALUES (%s, %s, 29.97, 3, 1, 'PLACED', %s)",
            (order(1).order_date_stored, order(1).customer_name, str(order(1).web_order_id)),
        )
        thread = threading.Thread(target=lambda: placements.append(erpdb.place(database, [order(1), order(2)])))
        thread.start()
        # It has looked, found nothing, and waits to insert. Asked more often, the server answers from a cache.
        waiting = "SELECT 1 FROM information_schema.innodb_lock_waits"
        wait_until(lambda: bool(shop.erpdb(waiting)), interval=0.3)
        other.commit()
        thread.join(20)
    [placement] = placements
    rows = dict(shop.erpdb("SELECT web_order_id, order_id FROM orders"))
    assert {id: entered.order_id for id, entered in placement.entered.items()} == rows
    assert len(rows) == 2 and not any(placement.entered[str(o.web_order_id)].differs(o) for o in (order(1), order(2)))
    database.close()


def test_a_shipment_that_another_processor_is_entering_is_not_doubled(shop: Shop) -> None:
    database = shipments_database(shop)
    done: list[shipdb.Shipped] = []
    with connect_postgres(shop.sources.postgres, shop.sources.shipdb) as other:
        with other.transaction():
            other.execute("INSERT INTO shipments (order_id, origin, has_arrived) VALUES (1, 'Antwerp', FALSE)")
            thread = threading.Thread(target=lambda: done.append(shipdb.ship(database, {1: "A", 2: "B"}, "Antwerp")))
            thread.start()
            wait_until(lambda: bool(shop.shipdb("SELECT 1 FROM pg_locks WHERE NOT granted")))
        thread.join(20)
    assert shop.shipdb("SELECT order_id FROM shipments ORDER BY 1") == [(1,), (2,)]
    assert done
    database.close()


def test_a_lock_that_is_held_is_worth_another_try(shop: Shop) -> None:
    shop.erpdb("SET GLOBAL innodb_lock_wait_timeout = 1")
    database = orders_database(shop)
    try:
        with shop.mysql() as other, other.cursor() as cursor:
            other.begin()
            cursor.execute(
                "INSERT INTO orders (order_date, order_total, order_qty, order_status, web_order_id)"
                " VALUES ('2026-01-01', 0, 0, '', %s)",
                [str(order(1).web_order_id)],
            )
            with pytest.raises(Unavailable, match=r"erpdb \(127.0.0.1:\d+, database erpdb\d+\): Lock wait timeout"):
                erpdb.place(database, [order(1)])
    finally:
        shop.erpdb("SET GLOBAL innodb_lock_wait_timeout = DEFAULT")
        database.close()


def test_a_database_that_is_not_there_is_not_worth_another_try(shop: Shop) -> None:
    database = orders_database(shop, database="nowhere")
    with pytest.raises(Failed, match="Unknown database 'nowhere'; check ERPDB_DATABASE"):
        erpdb.place(database, [order(1)])
    database.close()


def test_a_value_is_never_cut_whatever_the_server_is_set_to(shop: Shop) -> None:
    shop.erpdb("ALTER TABLE orders MODIFY customer_name VARCHAR(3)")
    shop.erpdb("SET GLOBAL sql_mode = ''")
    database = orders_database(shop)
    try:
        with pytest.raises(databases.RowRefused, match="Data too long for column 'customer_name'"):
            erpdb.place(database, [order(1)])
    finally:
        shop.erpdb("SET GLOBAL sql_mode = DEFAULT")
        database.close()
