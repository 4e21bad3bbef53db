"""Enters orders into erpdb.orders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from weborders.databases import Database, RowRefused
from weborders.order import WebOrder

STATUS = "PLACED"
NO_PRICE = Decimal("0.00")
"""The price of a product that the catalogue lacks: its order is entered all the same, for people to look at."""

_LARGEST_TOTAL = Decimal("99999999.99")

_metadata = sa.MetaData()
_products = sa.Table(
    "products",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("price", sa.Numeric(10, 2)),
)
_orders = sa.Table(
    "orders",
    _metadata,
    sa.Column("order_id", sa.Integer, primary_key=True),
    sa.Column("order_date", sa.DateTime),
    sa.Column("customer_name", sa.String(255)),
    sa.Column("order_total", sa.Numeric(10, 2)),
    sa.Column("order_qty", sa.Integer),
    sa.Column("product_id", sa.Integer),
    sa.Column("order_status", sa.String(20)),
    sa.Column("web_order_id", sa.String(36), unique=True),
)


@dataclass(frozen=True)
class Entered:
    """An order as it stands in the table."""

    order_id: int
    order_date: datetime
    customer_name: str | None
    product_id: int | None
    quantity: int

    def differs(self, order: WebOrder) -> str | None:
        """The first column in which it is not this order; None: it is this one."""
        mine = (self.order_date, self.customer_name, self.product_id, self.quantity)
        sent = (order.order_date_stored, order.customer_name, order.product_id, order.quantity)
        names = ("order_date", "customer_name", "product_id", "order_qty")
        return next((name for name, one, other in zip(names, mine, sent, strict=True) if one != other), None)


@dataclass(frozen=True)
class Placement:
    """What one transaction found or made: by web_order_id."""

    entered: dict[str, Entered]
    unpriced: int
    """How many of the new ones name a product that the catalogue lacks."""


def place(database: Database, orders: Sequence[WebOrder]) -> Placement:
    """Insert the orders that are not there yet, in one transaction; the rows of all, found or inserted.

    Each web_order_id may stand among `orders` once. Raises what `Database.transaction` does.
    """
    by_id = {str(order.web_order_id): order for order in orders}
    with database.transaction() as connection:
        found = _find(connection, by_id)
        new = [order for id, order in by_id.items() if id not in found]
        if not new:
            return Placement(found, 0)
        prices = _prices(connection, {order.product_id for order in new})
        rows = [_row(order, prices.get(order.product_id, NO_PRICE)) for order in new]
        # A unique key that another processor has just used is no error; the look-up below gives its row.
        insert = mysql.insert(_orders)
        connection.execute(insert.on_duplicate_key_update(web_order_id=_orders.c.web_order_id), rows)
        found |= _find(connection, [str(order.web_order_id) for order in new])
    return Placement(found, sum(order.product_id not in prices for order in new))


def _find(connection: sa.Connection, web_order_ids: Iterable[str]) -> dict[str, Entered]:
    columns = _orders.c
    wanted = sa.select(
        columns.web_order_id,
        columns.order_id,
        columns.order_date,
        columns.customer_name,
        columns.product_id,
        columns.order_qty,
    ).where(columns.web_order_id.in_(list(web_order_ids)))
    return {row[0]: Entered(*row[1:]) for row in connection.execute(wanted)}


def _prices(connection: sa.Connection, product_ids: set[int]) -> dict[int, Decimal]:
    wanted = sa.select(_products.c.id, _products.c.price).where(_products.c.id.in_(product_ids))
    return {row[0]: row[1] for row in connection.execute(wanted)}


def _row(order: WebOrder, price: Decimal) -> dict[str, object]:
    total = price * order.quantity
    if total > _LARGEST_TOTAL:
        raise RowRefused(f"its total of {total} is more than orders.order_total holds ({_LARGEST_TOTAL})")
    return {
        "order_date": order.order_date_stored,
        "customer_name": order.customer_name,
        "order_total": total,
        "order_qty": order.quantity,
        "product_id": order.product_id,
        "order_status": STATUS,
        "web_order_id": str(order.web_order_id),
    }
