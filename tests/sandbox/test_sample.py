"""The sample data: the same for the same seed, realistic, awkward, and loaded as it was made."""

import time
from collections import Counter
from dataclasses import astuple
from decimal import Decimal

import pytest

from sandbox.sample.generator import AlreadyLoaded, generate, load
from sandbox.sample.sources import Sources
from sandbox.sample.tables import Order, Product, Shipment, enrich
from tests.sandbox.conftest import SourceDatabases


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert generate(200, seed=7) == generate(200, seed=7)
    assert generate(200, seed=7).orders != generate(200, seed=8).orders


def test_a_row_does_not_depend_on_the_day_or_the_process() -> None:
    order = generate(1, seed=7).orders[0]
    assert (order.order_id, order.order_date.isoformat()[:16]) == (1, "2025-01-01T08:01")


def test_it_makes_as_many_orders_as_asked_for_and_ships_most() -> None:
    sample = generate(2_000, seed=1)
    assert [order.order_id for order in sample.orders] == list(range(1, 2_001))
    assert 1_600 < len(sample.shipments) < 1_800
    assert max(Counter(shipment.order_id for shipment in sample.shipments).values()) == 1
    assert generate(0, seed=1).orders == ()


def test_the_data_holds_what_breaks_pipelines() -> None:
    sample = generate(5_000, seed=1)
    products = {product.id for product in sample.products}
    text = "".join(str(astuple(row)[2]) for row in sample.orders)
    assert {"'", '"', "\\", "%", ";", "é", "佐", "م", "𠮷"} <= set(text)
    assert {None} < {order.customer_name for order in sample.orders}
    assert {None, ""} < {product.description for product in sample.products}
    assert {None} < {shipment.destination for shipment in sample.shipments}
    assert {Decimal("99999999.99"), Decimal("-99999999.99"), Decimal("0.01")} < {
        row.order_total for row in sample.orders
    }
    assert any(order.product_id is None for order in sample.orders)
    assert any(order.product_id not in (None, *products) for order in sample.orders)


def test_some_products_have_few_orders_so_that_a_change_of_one_fans_out_little() -> None:
    orders = Counter(order.product_id for order in generate(10_000, seed=1).orders)
    assert sum(1 for count in orders.values() if count <= 10) >= 20
    assert max(orders.values()) < 500


def test_ten_thousand_orders_are_loaded_fast_and_read_back_as_they_were_made(sources: SourceDatabases) -> None:
    started = time.monotonic()
    sample = load(*sources.arguments, orders=10_000, seed=7)
    # 0.9 s on two idle cores; the rest is for busy ones.
    assert time.monotonic() - started < 10
    made = Sources.of([*sample.products, *sample.orders, *sample.shipments])
    assert Sources.read(*sources.arguments) == made


def test_loading_twice_is_refused_and_changes_nothing(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=10, seed=7)
    before = Sources.read(*sources.arguments)
    with pytest.raises(AlreadyLoaded, match=f"orders in the database {sources.erpdb} has rows already"):
        load(*sources.arguments, orders=10, seed=7)
    assert Sources.read(*sources.arguments) == before


ORDER = Order(1, generate(1, seed=1).orders[0].order_date, "Ada", Decimal("9.90"), 1, 5, "PAID")
PRODUCT = Product(5, "Tent", None, Decimal("9.90"))
SHIPMENT = Shipment(8, 1, "Malmö", None, has_arrived=False)


def test_the_join_keeps_an_order_without_product_or_shipment() -> None:
    assert enrich(ORDER, None, None)[7:] == (None,) * 6
    assert enrich(ORDER, PRODUCT, SHIPMENT)[7:] == ("Tent", None, 8, "Malmö", None, False)


def test_the_sources_keep_their_indexes_right_through_changes() -> None:
    sources = Sources.of([PRODUCT, ORDER, SHIPMENT])
    assert sources.affected(PRODUCT) == sources.affected(SHIPMENT) == sources.affected(ORDER) == {1}
    sources.replace(SHIPMENT, None)
    sources.replace(ORDER, Order(1, ORDER.order_date, "Ada", Decimal("9.90"), 1, None, "PAID"))
    assert sources.affected(PRODUCT) == set()
    row = sources.enriched(1)
    assert row is not None
    assert (row.product_name, row.shipment_id) == (None, None)
    assert sources.enriched(2) is None
