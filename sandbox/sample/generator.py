"""Sample data made from a seed: the same seed and count give the same rows on every machine and on every day."""

import random
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files

import pymysql
from pymysql.constants import CLIENT

from sandbox.addresses import Login
from sandbox.sample import words
from sandbox.sample.sources import connect_mysql, connect_postgres
from sandbox.sample.tables import Order, Product, Shipment

EPOCH = datetime(2025, 1, 1, 8, 0, 0)
"""The date of the first order. Fixed, so that a row does not depend on the day on which it is made."""

STATUSES = ("PLACED", "PAID", "PACKED", "SHIPPED", "DELIVERED", "RETURNED", "CANCELLED")

_PRODUCTS = 200
_RARE_PRODUCTS = 60
"""The last ones of the catalogue are ordered seldom: changing one changes few orders, changing another hundreds."""

_MISSING_PRODUCT_IDS = range(900_001, 900_021)
"""Products that orders name and the catalogue lacks."""

_EXTREME_TOTALS = (
    "99999999.99",
    "-99999999.99",
    "0.00",
    "0.01",
    "-0.01",
    "10000000.10",
)


@dataclass(frozen=True)
class Sample:
    """The rows of both databases."""

    products: tuple[Product, ...]
    orders: tuple[Order, ...]
    shipments: tuple[Shipment, ...]


class AlreadyLoaded(Exception):
    """The databases hold orders already; loading again would mix two samples."""


def generate(orders: int, seed: int) -> Sample:
    """A catalogue of products, `orders` orders numbered from 1, and shipments for most of them."""
    rng = random.Random(seed)
    products = tuple(_products(rng))
    prices = {product.id: product.price for product in products}
    made = tuple(_order(rng, order_id, prices) for order_id in range(1, orders + 1))
    return Sample(products, made, tuple(_shipments(rng, made)))


def load(
    mysql: Login,
    mysql_database: str,
    postgres: Login,
    postgres_database: str,
    orders: int,
    seed: int,
) -> Sample:
    """Make the tables where they are missing and fill them, each database in one transaction; the rows, as loaded.

    Raises AlreadyLoaded when there are orders or shipments in them.
    """
    sample = generate(orders, seed)
    _load_erpdb(mysql, mysql_database, sample)
    _load_shipdb(postgres, postgres_database, sample)
    return sample


def _load_erpdb(login: Login, database: str, sample: Sample) -> None:
    with connect_mysql(login, database, client_flag=CLIENT.MULTI_STATEMENTS) as connection:
        with connection.cursor() as cursor:
            cursor.execute(_schema("erpdb.sql"))
            while cursor.nextset():
                pass
            _refuse_rows(cursor, "orders", database)
            connection.begin()
            # pymysql joins these into statements of many rows each.
            cursor.executemany(
                "INSERT INTO products VALUES (%s, %s, %s, %s)",
                [astuple(row) for row in sample.products],
            )
            orders = [astuple(row) for row in sample.orders]
            columns = ", ".join(field.name for field in fields(Order))
            cursor.executemany(f"INSERT INTO orders ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s)", orders)
        connection.commit()


def _load_shipdb(login: Login, database: str, sample: Sample) -> None:
    with (
        connect_postgres(login, database) as connection,
        connection.transaction(),
        connection.cursor() as cursor,
    ):
        cursor.execute(_schema("shipdb.sql").encode())
        cursor.execute("SELECT EXISTS (SELECT FROM shipments)")
        if cursor.fetchone() != (False,):
            raise AlreadyLoaded(f"shipments in the database {database} has rows already; load into an empty one")
        with cursor.copy("COPY shipments FROM STDIN") as copy:
            for row in sample.shipments:
                copy.write_row(astuple(row))


def _refuse_rows(cursor: "pymysql.cursors.Cursor", table: str, database: str) -> None:
    cursor.execute(f"SELECT EXISTS (SELECT * FROM {table})")
    if cursor.fetchone() != (0,):
        raise AlreadyLoaded(f"{table} in the database {database} has rows already; load into an empty one")


def _schema(file: str) -> str:
    return (files("sandbox.sample") / file).read_text(encoding="utf-8")


def _products(rng: random.Random) -> Iterator[Product]:
    for id in range(1, _PRODUCTS + 1):
        adjective, noun = rng.choice(words.ADJECTIVES), rng.choice(words.NOUNS)
        yield Product(
            id=id,
            name=f"{adjective} {noun} {rng.choice(words.MODELS)}{id}",
            description=None if rng.random() < 0.1 else rng.choice(words.DESCRIPTIONS).format(noun.lower()),
            price=cents(rng.choice((rng.randint(99, 4_999), rng.randint(5_000, 249_999)))),
        )


def _order(rng: random.Random, order_id: int, prices: dict[int, Decimal]) -> Order:
    product_id = _product_id(rng)
    quantity = rng.choices((1, 2, 3, 5, 12, 100, 0), weights=(60, 20, 8, 5, 4, 2, 1))[0]
    total = prices.get(product_id or 0, Decimal("25.00")) * quantity
    extreme = rng.random() < 0.01
    return Order(
        order_id=order_id,
        order_date=EPOCH + timedelta(minutes=order_id, seconds=rng.randrange(60)),
        customer_name=customer(rng),
        order_total=Decimal(rng.choice(_EXTREME_TOTALS)) if extreme else total,
        order_qty=quantity,
        product_id=product_id,
        order_status=rng.choices(STATUSES, weights=(10, 10, 10, 20, 40, 5, 5))[0],
    )


def _product_id(rng: random.Random) -> int | None:
    kind = rng.random()
    if kind < 0.02:
        return None
    if kind < 0.03:
        return rng.choice(_MISSING_PRODUCT_IDS)
    if kind < 0.05:
        return rng.randint(_PRODUCTS - _RARE_PRODUCTS + 1, _PRODUCTS)
    return rng.randint(1, _PRODUCTS - _RARE_PRODUCTS)


def _shipments(rng: random.Random, orders: tuple[Order, ...]) -> Iterator[Shipment]:
    shipped = [order for order in orders if rng.random() < 0.85]
    # Shuffled, so that a shipment's number says nothing of its order's.
    for shipment_id, order in enumerate(rng.sample(shipped, len(shipped)), start=1):
        origin, destination = places(rng)
        arrived = order.order_status in ("DELIVERED", "RETURNED")
        yield Shipment(shipment_id, order.order_id, origin, destination, has_arrived=arrived)


def customer(rng: random.Random) -> str | None:
    """A customer's full name in one of many scripts; None for one in a hundred, who ordered as a guest."""
    if rng.random() < 0.01:
        return None
    return f"{rng.choice(words.GIVEN_NAMES)} {rng.choice(words.FAMILY_NAMES)}"


def places(rng: random.Random) -> tuple[str, str | None]:
    """Where a shipment comes from and where it goes; a few have no destination yet."""
    origin, destination = rng.sample(words.PLACES, 2)
    return origin, None if rng.random() < 0.03 else destination


def cents(amount: int) -> Decimal:
    """An exact amount of money with two decimals."""
    return Decimal(amount).scaleb(-2)
