"""What order-sessions counts as a session, and how it fills in its SQL; Flink runs it in tests/end_to_end."""

import importlib.util
import itertools
import random
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from infra.flink_sql import statements
from tests.declared import PROJECT

FOLDER = PROJECT / "jobs" / "order-sessions"


def _module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"order_sessions_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_SESSIONS, _SQL = _module("sessions"), _module("sql")
_DAY = datetime(2025, 1, 1)

Placed = tuple[float, str]
"""Hours after the first of January, and the total."""
Found = tuple[float, float, int, str]


def _sessions(orders: Sequence[Placed]) -> list[Found]:
    given = [_SESSIONS.Order(_DAY + timedelta(hours=hours), Decimal(total)) for hours, total in orders]
    return [(_hours(each.start), _hours(each.end), each.orders, str(each.value)) for each in _SESSIONS.sessions(given)]


def _hours(moment: datetime) -> float:
    return (moment - _DAY) / timedelta(hours=1)


def test_no_orders_make_no_session() -> None:
    assert _sessions([]) == []


def test_an_order_alone_is_a_session() -> None:
    assert _sessions([(3, "9.99")]) == [(3, 3, 1, "9.99")]


def test_a_session_lasts_while_no_order_is_more_than_a_day_after_the_one_before() -> None:
    assert _sessions([(0, "1"), (24, "2"), (48, "4")]) == [(0, 48, 3, "7")]


def test_a_second_more_than_a_day_begins_another() -> None:
    assert _sessions([(0, "1"), (24 + 1 / 3600, "2")]) == [(0, 0, 1, "1"), (24 + 1 / 3600, 24 + 1 / 3600, 1, "2")]


def test_an_order_between_two_sessions_joins_them_and_its_loss_parts_them() -> None:
    apart = [(0, "1.00"), (40, "2.00")]
    assert _sessions([*apart, (20, "4.00")]) == [(0, 40, 3, "7.00")]
    assert _sessions(apart) == [(0, 0, 1, "1.00"), (40, 40, 1, "2.00")]


def test_orders_of_the_same_moment_all_count_and_refunds_count_against() -> None:
    assert _sessions([(1, "5.00"), (1, "5.00"), (2, "-3.50")]) == [(1, 2, 3, "6.50")]


def test_money_is_exact() -> None:
    assert _sessions([(0, "99999999.99")] * 3 + [(0, "0.01")]) == [(0, 0, 4, "299999999.98")]


def test_the_order_of_arrival_does_not_matter() -> None:
    orders = [(0.0, "1"), (10.0, "2"), (40.0, "4"), (64.0, "8"), (100.0, "16")]
    assert {tuple(_sessions(each)) for each in itertools.permutations(orders)} == {tuple(_sessions(orders))}


@pytest.mark.parametrize("seed", range(20))
def test_sessions_divide_the_orders_and_lie_more_than_a_day_apart(seed: int) -> None:
    rng = random.Random(seed)
    orders = [(rng.randint(0, 2_000), str(rng.randint(-50, 500))) for _ in range(rng.randint(1, 80))]
    found = _sessions(orders)
    assert sum(each[2] for each in found) == len(orders)
    assert sum(Decimal(each[3]) for each in found) == sum(Decimal(total) for _, total in orders)
    assert all(later[0] - earlier[1] > 24 for earlier, later in itertools.pairwise(found))
    for start, end, count, _ in found:
        moments = sorted(hours for hours, _ in orders if start <= hours <= end)
        assert len(moments) == count
        assert all(later - earlier <= 24 for earlier, later in itertools.pairwise(moments))


def _statements(text: str, **environment: str) -> list[str]:
    return _SQL.Variables(environment).statements(text, "tables.sql")


def test_a_text_is_cut_at_semicolons_outside_quotes_and_comments() -> None:
    text = "-- a; 'comment\nCREATE `a;b` /* ; */ WITH ('x' = ';''--');\n\nINSERT 1 - 2 / 3;;\n"
    assert _statements(text) == ["CREATE `a;b`  WITH ('x' = ';''--')", "INSERT 1 - 2 / 3"]


def test_values_are_safe_in_the_quotes_they_stand_in() -> None:
    given = {"ERPDB_PASSWORD": "it's `so`;--", "DATABASE_ORDERS": "or`ders"}
    assert _statements("SET '${erpdb.password}', `${database.orders}`", **given) == [
        "SET 'it''s `so`;--', `or``ders`",
    ]


def test_all_variables_without_a_value_are_named_with_those_that_the_source_has() -> None:
    with pytest.raises(_SQL.CannotStart) as refused:
        _statements("'${erpdb.hots}' '${shop.registry}' -- '${in.comment}'", ERPDB_HOST="db", ERPDB_PASSWORD="secret-1")
    assert str(refused.value).splitlines() == [
        "tables.sql: ${erpdb.hots} has no value: the environment variable ERPDB_HOTS is not set; "
        "of erpdb there are ERPDB_HOST, ERPDB_PASSWORD",
        "tables.sql: ${shop.registry} has no value: the environment variable SHOP_REGISTRY is not set, "
        "nor any other of shop",
    ]


def test_secrets_are_told_by_their_variables_and_public_values_as_they_are() -> None:
    variables: Any = _SQL.Variables({"ERPDB_PASSWORD": "secret-1", "ERPDB_HOST": "db.example.com"})
    variables.statements("'${erpdb.password}' '${erpdb.host}'", "tables.sql")
    assert variables.masked("no secret-1 at db.example.com") == "no ${erpdb.password} at db.example.com"


def test_its_tables_are_cut_as_the_platform_cuts_them() -> None:
    text = (FOLDER / "tables.sql").read_text()
    given = dict.fromkeys(("ERPDB_HOST", "ERPDB_PORT", "ERPDB_USERNAME", "ERPDB_PASSWORD", "ERPDB_DATABASE"), "x")
    made = _statements(text, ERPDB_SERVER_ID_ORDERS="1-2", DATABASE_ORDERS="orders", **given)
    assert [each.split(" (")[0] for each in made] == [
        "CREATE TEMPORARY TABLE orders",
        "CREATE TABLE IF NOT EXISTS lake.`orders`.customer_sessions",
    ]
    assert len(made) == len(statements(text))
