import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lakehouse import ContractError, Lakehouse, LakehouseError, NoAccess, Rows, UnknownName
from lakehouse.client import Table
from tests.lakehouse.contracts import TABLE, document, table, team


class Asked:
    """Answers nothing, and notes what it is asked."""

    def __init__(self) -> None:
        self.queries: list[tuple[str, str | None]] = []

    def query(self, sql: str, *, database: str | None) -> Rows:
        self.queries.append((sql, database))
        return Rows(["at"], [(None,)])


def lakehouse(folder: Path, *, of_team: str | None = None, **changes: Any) -> Lakehouse:
    file = folder / "contract.json"
    file.write_text(json.dumps(document(**changes)))
    return Lakehouse.from_file(file, team=of_team)


def asked(orders: Table, monkeypatch: pytest.MonkeyPatch, *arguments: Any, **options: Any) -> tuple[str, str | None]:
    engine = Asked()
    monkeypatch.setattr(Lakehouse, "_ask", lambda *_: engine)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    orders.sql(*arguments, **options)
    (query,) = engine.queries
    return query


def test_a_table_says_what_is_promised_of_it(tmp_path: Path) -> None:
    orders = lakehouse(tmp_path).table("enriched_orders_lake")
    assert (orders.name, orders.key, orders.owner, orders.freshness) == (TABLE, ("order_id",), "orders-team", "30s")
    assert next(iter(orders.columns)) == "order_id"
    assert (orders.columns["order_id"].type, orders.columns["order_id"].nullable) == ("integer", False)
    assert orders.tags == {"domain": "orders"}
    assert TABLE in repr(orders)


def test_a_misspelt_table_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=f"did you mean '{TABLE}'"):
        lakehouse(tmp_path).table("iceberg_orders.enriched_orders_lakes")


def test_the_table_stands_where_the_query_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = lakehouse(tmp_path).table(TABLE)
    sql, database = asked(orders, monkeypatch, "SELECT json_parse('{\"a\": {}}') FROM {table} a JOIN {table} b ON true")
    name = '"iceberg_orders"."enriched_orders_lake"'
    assert sql == f"SELECT json_parse('{{\"a\": {{}}}}') FROM {name} a JOIN {name} b ON true"
    assert database == "iceberg_orders"


def test_a_query_that_does_not_say_where_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LakehouseError, match=r"write \{table\} for iceberg_orders"):
        lakehouse(tmp_path).table(TABLE).sql("SELECT 1")


NOON = datetime(2026, 11, 25, 13, 0, 0, 250_000, tzinfo=UTC).astimezone()


@pytest.mark.parametrize(
    ("as_of", "clause"),
    [
        (NOON, "FOR TIMESTAMP AS OF TIMESTAMP '2026-11-25 13:00:00.250000 UTC'"),
        (4_611_686_018_427_387_904, "FOR VERSION AS OF 4611686018427387904"),
    ],
)
def test_a_table_is_read_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_of: datetime | int, clause: str
) -> None:
    sql, _ = asked(lakehouse(tmp_path).table(TABLE), monkeypatch, "SELECT * FROM {table} t", as_of=as_of)
    assert sql == f'SELECT * FROM "iceberg_orders"."enriched_orders_lake" {clause} t'


def test_so_long_ago_is_a_moment_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = datetime.now(UTC) - timedelta(minutes=10)
    orders = lakehouse(tmp_path).table(TABLE)
    sql, _ = asked(orders, monkeypatch, "SELECT * FROM {table}", as_of=timedelta(minutes=10))
    moment = datetime.fromisoformat(sql.partition(" TIMESTAMP '")[2].removesuffix(" UTC'")).replace(tzinfo=UTC)
    assert timedelta() <= moment - before < timedelta(seconds=10)


def test_a_moment_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LakehouseError, match="has no time zone"):
        lakehouse(tmp_path).table(TABLE).sql("SELECT * FROM {table}", as_of=datetime(2026, 11, 25))


def test_a_table_that_the_team_may_not_read_is_not_asked_for(tmp_path: Path) -> None:
    tables = {TABLE: table(), "iceberg_orders.salaries": table(owner="hr")}
    salaries = lakehouse(tmp_path, tables=tables).table("salaries")
    with pytest.raises(NoAccess, match=r"'analysts' may not read iceberg_orders.salaries.*\nhr owns the table"):
        salaries.sql("SELECT * FROM {table}")
    with pytest.raises(NoAccess):
        salaries.last_commit()


def test_where_there_are_several_teams_one_must_be_named_to_query(tmp_path: Path) -> None:
    teams = {"analysts": team(), "finance": team(workgroup="finance-dev")}
    assert lakehouse(tmp_path, teams=teams).table(TABLE).owner == "orders-team"
    with pytest.raises(UnknownName, match=r"team='…': analysts, finance"):
        lakehouse(tmp_path, teams=teams).table(TABLE).sql("SELECT * FROM {table}")
    assert "workgroup finance-dev" in lakehouse(tmp_path, of_team="finance", teams=teams).answered_by
    with pytest.raises(UnknownName, match="no team 'sales'"):
        lakehouse(tmp_path, of_team="sales", teams=teams)


def test_all_outputs_of_a_stack_are_a_contract_too(tmp_path: Path) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps({"contract": document()}))
    assert Lakehouse.from_file(tmp_path / "outputs.json").tables == [TABLE]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"no such file; write it with: pulumi stack output contract --json"):
        Lakehouse.from_file(tmp_path / "contract.json")
    (tmp_path / "contract.json").write_text("version: 1.2.0")
    with pytest.raises(ContractError, match=r"contract\.json is not JSON"):
        Lakehouse.from_file(tmp_path / "contract.json")


def test_rows_are_dictionaries_in_order() -> None:
    rows = Rows(["id", "n"], [(1, "a"), (2, "b")])
    assert list(rows) == [{"id": 1, "n": "a"}, {"id": 2, "n": "b"}]
    assert (len(rows), rows[-1], rows[:1]) == (2, {"id": 2, "n": "b"}, Rows(["id", "n"], [(1, "a")]))
    assert repr(rows) == "<2 rows of (id, n)>"


def test_without_pandas_its_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(LakehouseError, match="pip install pandas"):
        Rows(["id"], []).to_pandas()
