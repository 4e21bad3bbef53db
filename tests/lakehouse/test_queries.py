import pytest

from infra.job_manifest import Write
from infra.jobs import LakeTable
from infra.named_queries import queries_of
from lakehouse import LakehouseError, check_query
from tests.lakehouse.contracts import TABLE, contract, table

ORDERS = contract()


ANSWERED = [
    f"SELECT * FROM {TABLE} LIMIT 10",
    f"SELECT order_status, count(*) AS n FROM {TABLE} GROUP BY order_status ORDER BY n DESC",
    "SELECT ORDER_ID FROM enriched_orders_lake",
    f"SELECT o.order_id FROM AwsDataCatalog.{TABLE} FOR TIMESTAMP AS OF (current_timestamp - interval '1' hour) AS o",
    f"WITH late AS (SELECT order_id AS id FROM {TABLE} WHERE NOT has_arrived) SELECT id FROM late",
    'SELECT committed_at, operation FROM "iceberg_orders"."enriched_orders_lake$snapshots"',
    f"SELECT status, n FROM (SELECT order_status AS status, count(*) AS n FROM {TABLE} GROUP BY 1) WHERE n > 1",
    f"SELECT order_id FROM {TABLE} UNION ALL SELECT order_id FROM {TABLE}",
    f"SELECT day FROM {TABLE} CROSS JOIN UNNEST(sequence(date '2026-01-01', date '2026-01-03')) AS days (day)",
]


@pytest.mark.parametrize("sql", ANSWERED)
def test_a_query_of_what_is_promised_is_taken(sql: str) -> None:
    query = check_query(ORDERS, sql)
    assert (query.sql, query.tables) == (sql, {TABLE})


def test_the_queries_that_every_team_finds_saved_are_taken() -> None:
    database, _, name = TABLE.partition(".")
    saved = queries_of(LakeTable(database, name, Write(table=f"orders.{name}", key=["order_id"], freshness="30s")))
    assert len(saved) == 4
    assert {table for each in saved for table in check_query(ORDERS, each.sql).tables} == {TABLE}


REFUSED = [
    (
        f"SELECT order_id, order_statu FROM {TABLE}",
        f"'order_statu' could not be resolved.*; of {TABLE}; did you mean 'order_status'",
    ),
    (f"SELECT o.ordr_id FROM {TABLE} o JOIN {TABLE} p ON o.order_id = p.order_id", "ordr_id.*did you mean 'order_id'"),
    (f"SELECT order_id FROM {TABLE} WHERE shiped", "'shiped' could not be resolved"),
    ("SELECT 1 FROM iceberg_orders.enriched_order_lake", f"no table .*enriched_order_lake' .*; did you mean '{TABLE}'"),
    (f"SELECT 1 FROM lake.{TABLE}", "speaks of the catalog AwsDataCatalog alone"),
    ('SELECT 1 FROM iceberg_orders."enriched_orders_lake$histroy"', "no metadata table.*; did you mean 'history'"),
    (f"DELETE FROM {TABLE}", "DELETE is no query"),
    (f"SELECT 1 FROM {TABLE}; SELECT 2", "one statement is wanted, and here are 2"),
    ("", "one statement is wanted, and here are 0"),
    (f"SELECT (1 FROM {TABLE}", "not SQL as Athena has it"),
    ("SELECT 'open", "not SQL as Athena has it"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "message"), REFUSED)
def test_a_query_that_could_not_be_answered_is_refused(sql: str, message: str) -> None:
    with pytest.raises(LakehouseError, match=message):
        check_query(ORDERS, sql)


def test_tables_without_a_database_are_looked_for_in_that_of_the_query() -> None:
    two = contract(tables={TABLE: table(), "archive.enriched_orders_lake": table()})
    assert check_query(two, "SELECT order_id FROM enriched_orders_lake", database="archive").tables == {
        "archive.enriched_orders_lake"
    }


def test_a_column_that_goes_is_missed() -> None:
    fewer = table()
    fewer["columns"] = [column for column in fewer["columns"] if column["name"] != "has_arrived"]
    sql = f"SELECT count_if(has_arrived) AS n FROM {TABLE}"
    check_query(ORDERS, sql)
    with pytest.raises(LakehouseError, match="'has_arrived' could not be resolved"):
        check_query(contract(tables={TABLE: fewer}), sql)
