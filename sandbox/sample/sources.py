"""The two source databases: how to log in, and everything that stands in them, held in memory with its indexes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pymysql

from sandbox.addresses import Login
from sandbox.sample.tables import EnrichedOrder, Order, Product, Shipment, enrich

Row = Product | Order | Shipment

_CONNECT_SECONDS = 10


def connect_mysql(login: Login, database: str, *, client_flag: int = 0) -> "pymysql.Connection[Any]":
    """A session in which every statement is a transaction of its own."""
    return pymysql.connect(
        host=login.host,
        port=login.port,
        user=login.username,
        password=login.password,
        database=database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=_CONNECT_SECONDS,
        client_flag=client_flag,
    )


def connect_postgres(login: Login, database: str) -> "psycopg.Connection[Any]":
    """A session in which every statement is a transaction of its own."""
    return psycopg.connect(
        host=login.host,
        port=login.port,
        user=login.username,
        password=login.password,
        dbname=database,
        autocommit=True,
        connect_timeout=_CONNECT_SECONDS,
    )


@dataclass
class Sources:
    """Every row of both databases by its key. `replace` is the one way to change it, so that the indexes stay right."""

    products: dict[int, Product] = field(default_factory=dict[int, Product])
    orders: dict[int, Order] = field(default_factory=dict[int, Order])
    shipments: dict[int, Shipment] = field(default_factory=dict[int, Shipment])
    shipment_of: dict[int, Shipment] = field(default_factory=dict[int, Shipment])
    """By order id."""
    orders_of: dict[int, set[int]] = field(default_factory=dict[int, set[int]])
    """Order ids by product id, of products that exist and of those that don't."""

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Sources":
        sources = cls()
        for row in rows:
            sources.replace(None, row)
        return sources

    @classmethod
    def read(cls, mysql: Login, erpdb: str, postgres: Login, shipdb: str) -> "Sources":
        """A full scan of the three tables, each as it stands now: at rest, that is one moment of both databases."""
        rows: list[Row] = []
        with connect_mysql(mysql, erpdb) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT id, name, description, price FROM products")
            rows += [Product(*row) for row in cursor.fetchall()]
            cursor.execute(
                "SELECT order_id, order_date, customer_name, order_total, order_qty, product_id, order_status"
                " FROM orders"
            )
            rows += [Order(*row) for row in cursor.fetchall()]
        with connect_postgres(postgres, shipdb) as session:
            found = session.execute("SELECT shipment_id, order_id, origin, destination, has_arrived FROM shipments")
            rows += [Shipment(*row) for row in found.fetchall()]
        return cls.of(rows)

    def replace(self, before: Row | None, after: Row | None) -> None:
        """Put `after` where `before` stood: an insert when `before` is None, a delete when `after` is."""
        if before is not None:
            self._remove(before)
        if after is not None:
            self._add(after)

    def affected(self, row: Row) -> set[int]:
        """The ids of the orders whose enriched row may depend on this row."""
        if isinstance(row, Product):
            return {order_id for order_id in self.orders_of.get(row.id, ()) if order_id in self.orders}
        return {row.order_id}

    def enriched(self, order_id: int) -> EnrichedOrder | None:
        """What the lake should hold for this order; None: nothing."""
        order = self.orders.get(order_id)
        if order is None:
            return None
        product = None if order.product_id is None else self.products.get(order.product_id)
        return enrich(order, product, self.shipment_of.get(order_id))

    def all_enriched(self) -> Iterator[EnrichedOrder]:
        for order_id in self.orders:
            row = self.enriched(order_id)
            if row is not None:
                yield row

    def _add(self, row: Row) -> None:
        match row:
            case Product():
                self.products[row.id] = row
            case Order():
                self.orders[row.order_id] = row
                if row.product_id is not None:
                    self.orders_of.setdefault(row.product_id, set()).add(row.order_id)
            case Shipment():
                self.shipments[row.shipment_id] = row
                self.shipment_of[row.order_id] = row

    def _remove(self, row: Row) -> None:
        match row:
            case Product():
                del self.products[row.id]
            case Order():
                del self.orders[row.order_id]
                if row.product_id is not None:
                    self.orders_of[row.product_id].discard(row.order_id)
            case Shipment():
                del self.shipments[row.shipment_id]
                del self.shipment_of[row.order_id]
