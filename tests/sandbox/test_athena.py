"""Athena's SQL over tables that are written as Flink writes them: upserts, with equality and position deletes."""

import io
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from sandbox.addresses import Aws
from sandbox.athena.engine import Athena, QueryError, Result, as_table, print_csv, query, to_json
from sandbox.aws.local import aws_client, start_aws
from tests.sandbox.iceberg_writer import UpsertTable

_NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with start_aws(region="eu-central-1") as running:
        aws = running.address
        aws_client(aws, "s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        aws_client(aws, "glue").create_database(DatabaseInput={"Name": "iceberg_orders"})
        yield aws


@pytest.fixture(scope="module")
def orders(aws: Aws) -> Iterator[UpsertTable]:
    """Three commits, a minute apart: three orders; one changed twice at once, one deleted; one new."""
    table = UpsertTable(aws, "lake", "iceberg_orders", "orders")
    instant = "TIMESTAMPTZ '2026-01-01 11:30:00 UTC'"
    table.commit(
        [f"(1, 'ada', 10.00, {instant})", f"(2, 'bob', 7.50, {instant})", "(3, NULL, NULL, NULL)"], at_millis=_NOON
    )
    table.commit(
        [f"(1, 'ada', 11.00, {instant})", f"(1, 'ada', 12.00, {instant})"],
        delete_ids=[1, 3],
        delete_positions=[0],
        at_millis=_NOON + 60_000,
    )
    table.commit([f"(4, 'cyd', 1.25, {instant})"], delete_ids=[4], at_millis=_NOON + 120_000)
    yield table
    table.close()


@pytest.fixture(scope="module")
def athena(aws: Aws, orders: UpsertTable) -> Iterator[Athena]:
    assert orders.snapshots
    UpsertTable(aws, "lake", "iceberg_orders", "empty").close()
    with Athena(aws) as athena:
        yield athena


def _rows(athena: Athena, sql: str) -> list[tuple[object, ...]]:
    return athena.query(sql).rows


def test_the_newest_state_has_no_row_that_was_deleted(athena: Athena) -> None:
    at = datetime(2026, 1, 1, 11, 30, tzinfo=UTC)
    assert sorted(athena.rows("iceberg_orders.orders"), key=lambda row: str(row["id"])) == [
        {"id": 1, "name": "ada", "total": Decimal("12.00"), "at": at},
        {"id": 2, "name": "bob", "total": Decimal("7.50"), "at": at},
        {"id": 4, "name": "cyd", "total": Decimal("1.25"), "at": at},
    ]


@pytest.mark.parametrize(
    "name",
    [
        "iceberg_orders.orders",
        '"iceberg_orders"."orders"',
        "ICEBERG_ORDERS.Orders",
        "AwsDataCatalog.iceberg_orders.orders",
        "lake.iceberg_orders.orders o",
    ],
)
def test_a_table_by_any_of_its_names(athena: Athena, name: str) -> None:
    assert _rows(athena, f"SELECT count(*) FROM {name}") == [(3,)]


@pytest.mark.parametrize(
    ("when", "ids"),
    [
        ("FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01 12:00:00 UTC'", [1, 2, 3]),
        ("FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01 13:00:59.999 Europe/Berlin'", [1, 2, 3]),
        ("FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01 12:01:00'", [1, 2]),
        ("FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01 12:02:10 UTC' - interval '10' second", [1, 2, 4]),
        ("FOR TIMESTAMP AS OF (current_timestamp - interval '1' second)", [1, 2, 4]),
        ("FOR TIMESTAMP AS OF date_add('second', -1, now())", [1, 2, 4]),
        ("FOR VERSION AS OF 1000000000001", [1, 2, 3]),
        ("FOR VERSION AS OF 1000000000002", [1, 2]),
        ("FOR VERSION AS OF 'main'", [1, 2, 4]),
    ],
)
def test_time_travel(athena: Athena, when: str, ids: list[int]) -> None:
    assert _rows(athena, f"SELECT o.id FROM iceberg_orders.orders {when} AS o ORDER BY o.id") == [(id,) for id in ids]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT iceberg_orders.orders.id FROM iceberg_orders.orders WHERE orders.id = 2", [(2,)]),
        ("WITH orders AS (SELECT 7 AS id) SELECT id FROM orders", [(7,)]),
        (
            "WITH orders AS (SELECT id FROM iceberg_orders.orders), b AS (SELECT * FROM orders) SELECT max(id) FROM b",
            [(4,)],
        ),
        (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT sum(i) FROM n",
            [(6,)],
        ),
        (
            "SELECT a.id, b.total - a.total FROM iceberg_orders.orders FOR VERSION AS OF 1000000000001 a "
            "JOIN iceberg_orders.orders b ON a.id = b.id WHERE a.total <> b.total",
            [(1, Decimal("2.00"))],
        ),
        ("SELECT id FROM iceberg_orders.orders WHERE id IN (SELECT min(id) FROM iceberg_orders.orders)", [(1,)]),
        ("SELECT 7 / 2, CAST('5' AS integer), date_diff('day', date '2026-01-01', date '2026-01-03')", [(3, 5, 2)]),
        ("SELECT count_if(total > 5), max_by(name, total) FROM iceberg_orders.orders", [(2, "ada")]),
        ("SELECT x FROM UNNEST(ARRAY[3, 4]) AS t(x)", [(3,), (4,)]),
        ("SELECT array_agg(at) FROM iceberg_orders.orders WHERE id = 1", [([datetime(2026, 1, 1, 11, 30)],)]),
        ("VALUES (1, 'a')", [(1, "a")]),
        ("-- a comment\nSELECT 1; ", [(1,)]),
        ("SELECT * FROM iceberg_orders.empty", []),
    ],
)
def test_queries(athena: Athena, sql: str, expected: list[tuple[object, ...]]) -> None:
    assert _rows(athena, sql) == expected


def test_columns_are_named_as_athena_names_them(athena: Athena) -> None:
    assert athena.query("SELECT id, count(*), max(total) AS m FROM iceberg_orders.orders GROUP BY 1").columns == (
        "id",
        "_col1",
        "m",
    )
    assert athena.query("SELECT * FROM iceberg_orders.empty").columns == ("id", "name", "total", "at")


def test_history_and_snapshots(athena: Athena) -> None:
    history = athena.query('SELECT * FROM iceberg_orders."orders$history" ORDER BY made_current_at')
    assert history.columns == ("made_current_at", "snapshot_id", "parent_id", "is_current_ancestor")
    assert history.rows[:2] == [
        (datetime(2026, 1, 1, 12, tzinfo=UTC), 1000000000001, None, True),
        (datetime(2026, 1, 1, 12, 1, tzinfo=UTC), 1000000000002, 1000000000001, True),
    ]
    [(operation, summary)] = _rows(
        athena, 'SELECT operation, summary FROM iceberg_orders."orders$snapshots" WHERE snapshot_id = 1000000000002'
    )
    assert (operation, summary) == ("overwrite", {"added-records": "2"})


def test_files_manifests_partitions_and_refs(athena: Athena) -> None:
    contents = 'SELECT content, count(*), sum(record_count) FROM iceberg_orders."orders$files" GROUP BY 1 ORDER BY 1'
    assert _rows(athena, contents) == [(0, 3, 6), (1, 1, 1), (2, 2, 3)]
    assert _rows(athena, 'SELECT count(*), sum(added_rows_count) FROM iceberg_orders."orders$manifests"') == [(6, 10)]
    assert _rows(athena, 'SELECT record_count, file_count FROM iceberg_orders."orders$partitions"') == [(6, 3)]
    assert _rows(athena, 'SELECT name, type, snapshot_id FROM iceberg_orders."orders$refs"') == [
        ("main", "BRANCH", 1000000000003)
    ]
    for kind in ("history", "snapshots", "files", "manifests", "partitions", "refs"):
        empty = athena.query(f'SELECT * FROM iceberg_orders."empty${kind}"')
        assert empty.rows == []
        assert empty.columns == athena.query(f'SELECT * FROM iceberg_orders."orders${kind}"').columns


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SHOW DATABASES", [("iceberg_orders",)]),
        ("show schemas;", [("iceberg_orders",)]),
        ("SHOW TABLES IN iceberg_orders", [("empty",), ("orders",)]),
        ("SHOW TABLES FROM iceberg_orders 'or*|x'", [("orders",)]),
        ("SHOW COLUMNS IN iceberg_orders.orders", [("id",), ("name",), ("total",), ("at",)]),
        (
            'DESCRIBE "iceberg_orders"."orders"',
            [
                ("id", "bigint", ""),
                ("name", "string", "who ordered"),
                ("total", "decimal(10,2)", ""),
                ("at", "timestamp with time zone", ""),
            ],
        ),
    ],
)
def test_what_there_is(athena: Athena, sql: str, expected: list[tuple[object, ...]]) -> None:
    assert _rows(athena, sql) == expected


def test_show_create_table(athena: Athena) -> None:
    [(statement,)] = _rows(athena, "SHOW CREATE TABLE iceberg_orders.orders")
    assert str(statement).startswith("CREATE TABLE iceberg_orders.orders (\n  id bigint,\n  name string,")
    assert "'write.upsert.enabled'='true'" in str(statement)


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("", "no statement"),
        ("SELECT 1; SELECT 2", "one statement at a time"),
        ("SELEC 1", "did you mean SELECT"),
        ("INSERT INTO iceberg_orders.orders VALUES (1)", "written by its jobs"),
        ("WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a", "written by its jobs"),
        ("OPTIMIZE iceberg_orders.orders REWRITE DATA USING BIN_PACK", "written by its jobs"),
        ("DROP TABLE iceberg_orders.orders", "written by its jobs"),
        ("SELECT *\nFROM iceberg_orders.orders\nWHER id = 1", r"line 3, column 6(.|\n)*\n  WHER id = 1\n       \^"),
        ("SELECT * FROM", "syntax error in line 1.*the end"),
        ("SELECT 'a", "syntax error: Missing '"),
        ("SELECT * FROM iceberg_orders.order", "did you mean 'orders'"),
        ("SELECT * FROM iceberg_order.orders", "did you mean 'iceberg_orders'"),
        ("SELECT * FROM orders", "did you mean iceberg_orders.orders"),
        ("SELECT * FROM glue.iceberg_orders.orders", "no catalog 'glue'"),
        ('SELECT * FROM iceberg_orders."orders$histry"', "did you mean 'history'"),
        ("SELECT nme FROM iceberg_orders.orders", '"nme" not found'),
        ("SELECT * FROM read_csv('/etc/passwd')", "table function"),
        ("SELECT * FROM '/etc/passwd'", "say which database"),
        ("SELECT * FROM iceberg_orders.orders FOR VERSION AS OF 17", "no snapshot 17"),
        ("SELECT * FROM iceberg_orders.orders FOR VERSION AS OF 'mian'", "did you mean 'main'"),
        (
            "SELECT * FROM iceberg_orders.orders FOR TIMESTAMP AS OF TIMESTAMP '2026-01-01 11:59:59.999 UTC'",
            "its history begins at 2026-01-01 12:00:00.000 UTC",
        ),
        ("SELECT * FROM iceberg_orders.empty FOR TIMESTAMP AS OF now()", "no snapshot yet"),
        ("SELECT * FROM iceberg_orders.orders FOR TIMESTAMP AS OF now() + interval '1' day", "not in the past"),
        ("SHOW TABLES", "SHOW TABLES IN iceberg_orders"),
        ("SHOW TABLES IN iceberg_order", "did you mean 'iceberg_orders'"),
        ("SHOW EVERYTHING", "not understood"),
    ],
)
def test_mistakes_are_explained_in_a_few_lines(athena: Athena, sql: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as error:
        athena.query(sql)
    assert 1 <= len(str(error.value).splitlines()) <= 5


def test_a_default_database(aws: Aws, athena: Athena) -> None:
    assert athena.query("SELECT 1").rows == [(1,)]
    assert query(aws, "SELECT count(*) FROM orders", database="iceberg_orders").rows == [(3,)]
    assert query(aws, "SHOW TABLES", database="iceberg_orders").rows == [("empty",), ("orders",)]


def test_a_table_that_is_not_icebergs(aws: Aws, athena: Athena) -> None:
    glue = aws_client(aws, "glue")
    glue.create_table(DatabaseName="iceberg_orders", TableInput={"Name": "csv"})
    with pytest.raises(QueryError, match="not an Iceberg table"):
        athena.query("SELECT * FROM iceberg_orders.csv")
    glue.delete_table(DatabaseName="iceberg_orders", Name="csv")


def test_a_commit_is_seen_by_the_next_query(aws: Aws, athena: Athena) -> None:
    table = UpsertTable(aws, "lake", "iceberg_orders", "growing")
    for number in range(1, 4):
        table.commit([f"(1, 'n{number}', 0, NULL)"], delete_ids=[1], at_millis=_NOON + number)
        assert _rows(athena, "SELECT name FROM iceberg_orders.growing") == [(f"n{number}",)]
    table.close()
    aws_client(aws, "glue").delete_table(DatabaseName="iceberg_orders", Name="growing")


def test_threads_share_one(athena: Athena) -> None:
    answers: list[Any] = []

    def ask() -> None:
        answers.extend(_rows(athena, "SELECT count(*) FROM iceberg_orders.orders") for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[(3,)]] * 20


def test_no_sandbox_and_no_proxy(aws: Aws, monkeypatch: pytest.MonkeyPatch, athena: Athena) -> None:
    assert athena.query("SELECT 1").rows == [(1,)]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "real")
    assert query(aws, "SELECT count(*) FROM iceberg_orders.orders").rows == [(3,)]
    with pytest.raises(QueryError, match="is the sandbox up"):
        query(Aws("http://127.0.0.1:9", "eu-central-1"), "SELECT * FROM a.b")


_RESULT = Result(
    ("id", "at", "note"),
    [
        (1234567890123456789, datetime(2026, 1, 1, 12, 0, 0, 5000, tzinfo=UTC), None),
        (2, datetime(2026, 1, 1), [True, {"day": date(2026, 1, 1), "total": Decimal("1.50")}]),
    ],
)


def test_as_a_table() -> None:
    output = io.StringIO()
    Console(file=output, width=100).print(as_table(_RESULT))
    text = output.getvalue()
    for part in ("1234567890123456789", "2026-01-01 12:00:00.005 UTC", "NULL", "[true, {day=2026-01-01, total=1.50}]"):
        assert part in text
    output = io.StringIO()
    Console(file=output, width=100).print(as_table(_RESULT, limit=1))
    assert "1 of 2 rows" in output.getvalue()


def test_as_json_and_csv() -> None:
    assert '"at": "2026-01-01 12:00:00.005 UTC"' in to_json(_RESULT)
    assert '"total": "1.50"' in to_json(_RESULT)
    output = io.StringIO()
    print_csv(_RESULT, output)
    assert output.getvalue().splitlines()[:2] == ["id,at,note", "1234567890123456789,2026-01-01 12:00:00.005 UTC,"]
