"""Every row and every column is compared, by value and not by how a driver hands it out."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from sandbox.demo.changes import ChangeStream
from sandbox.demo.comparison import Comparison, Difference, compare
from sandbox.sample.generator import load
from sandbox.sample.sources import Sources
from tests.sandbox.conftest import SourceDatabases

ROW: dict[str, object] = {
    "order_id": 1,
    "order_date": datetime(2025, 1, 1, 8, 1),
    "order_total": Decimal("9.90"),
    "customer_name": "Zoë",
    "has_arrived": True,
    "destination": None,
}


def row(**changed: object) -> dict[str, object]:
    return {**ROW, **changed}


def test_equal_rows_in_any_order_do_not_differ() -> None:
    found = compare([row(), row(order_id=2)], [row(order_id=2), row()])
    assert found == Comparison(2, 2, 0, ())
    assert found.equal


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"order_total": Decimal("9.90")}, {"order_total": Decimal("9.9000")}),
        ({"order_total": Decimal("0.1")}, {"order_total": 0.1}),
        ({"has_arrived": True}, {"has_arrived": 1}),
        ({"order_date": datetime(2025, 1, 1, 8)}, {"order_date": datetime(2025, 1, 1, 8, tzinfo=UTC)}),
        (
            {"order_date": datetime(2025, 1, 1, 8)},
            {"order_date": datetime(2025, 1, 1, 10, tzinfo=timezone(timedelta(hours=2)))},
        ),
    ],
)
def test_the_same_value_in_another_guise_is_equal(expected: dict[str, object], actual: dict[str, object]) -> None:
    assert compare([row(**expected)], [row(**actual)]).equal


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("order_total", Decimal("9.91")),
        ("order_date", datetime(2025, 1, 1, 8, 1, 0, 1)),
        ("customer_name", "Zoe"),
        ("customer_name", None),
        ("has_arrived", False),
        ("has_arrived", None),
        ("destination", ""),
    ],
)
def test_another_value_differs_and_is_shown(column: str, value: object) -> None:
    found = compare([row()], [row(**{column: value})])
    assert found.rows_different == 1
    assert found.examples == (Difference(1, "differs", column, ROW[column], value),)
    assert str(found.examples[0]) == f"order_id 1: {column} is {value!r}, expected {ROW[column]!r}"


def test_missing_unexpected_and_duplicate_rows_count() -> None:
    found = compare([row(), row(order_id=2)], [row(order_id=2), row(order_id=2), row(order_id=2), row(order_id=3)])
    assert (found.rows_expected, found.rows_in_lake, found.rows_different) == (2, 4, 4)
    assert [(example.key, example.kind) for example in found.examples] == [
        (1, "missing"),
        (2, "duplicate"),
        (3, "unexpected"),
    ]


def test_a_column_that_one_side_lacks_differs() -> None:
    lacking = {name: value for name, value in ROW.items() if name != "destination"}
    assert compare([row()], [lacking]).examples[0].actual == "(no such column)"
    assert compare([lacking], [row()]).examples[0].expected == "(no such column)"


def test_a_null_key_in_the_lake_is_a_difference_and_not_an_error() -> None:
    found = compare([row()], [row(), row(order_id=None)])
    assert (found.rows_different, found.examples[0].kind) == (1, "unexpected")


def test_every_row_is_compared_though_few_are_shown() -> None:
    expected = [row(order_id=number) for number in range(1_000)]
    found = compare(expected, [{**each, "customer_name": "x"} for each in expected], examples=3)
    assert (found.rows_different, len(found.examples)) == (1_000, 3)


def test_the_expected_rows_are_the_join_as_the_databases_have_it_now(sources: SourceDatabases) -> None:
    sample = load(*sources.arguments, orders=300, seed=7)
    before = {each.order_id: each for each in Sources.read(*sources.arguments).all_enriched()}
    assert len(before) == 300
    order = next(order for order in sample.orders if order.product_id is None)
    unknown = before[order.order_id]
    assert (unknown.product_name, unknown.order_total) == (None, order.order_total)
    changes = ChangeStream(*sources.arguments, seed=3, rate=1_000).run(count=50)
    after = {each.order_id: each for each in Sources.read(*sources.arguments).all_enriched()}
    last = {order_id: effect for change in changes for order_id, effect in change.effect.items()}
    assert all(after.get(key) == effect for key, effect in last.items())
