"""The rows that a job's own SELECT gives over the sources as they are now, computed by DuckDB: what the lake should
hold.

An independent engine and a full scan, where the job is Flink and a stream of changes. The SELECT is the script's
own, so a changed `job.sql` changes what is expected too.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from infra.errors import ConfigurationError
from infra.flink_sql import statements
from sandbox.sample.sources import Sources

_COLUMNS = {
    "products": "id INTEGER, name VARCHAR, description VARCHAR, price DECIMAL(10, 2)",
    "orders": (
        "order_id INTEGER, order_date TIMESTAMP, customer_name VARCHAR, order_total DECIMAL(10, 2), order_qty INTEGER,"
        " product_id INTEGER, order_status VARCHAR"
    ),
    "shipments": "shipment_id INTEGER, order_id INTEGER, origin VARCHAR, destination VARCHAR, has_arrived BOOLEAN",
}

_NULL = "\\N"
"""As PostgreSQL writes it, since an empty text is not NULL."""

_TABLE = re.compile(r"CREATE\s+TEMPORARY\s+TABLE\s+`?(\w+)`?.*?'table-name'\s*=\s*'(\w+)'", re.IGNORECASE | re.DOTALL)


class JobSelect:
    """The SELECT of a script's INSERT; `script` is the text of job.sql, `shown_as` its name in messages."""

    def __init__(self, script: str, shown_as: str) -> None:
        self._shown_as = shown_as
        parts = statements(script)
        self._tables = {match[1]: match[2] for statement in parts if (match := _TABLE.match(statement))}
        self._sql = self._duckdb_sql(parts[-1] if parts else "")

    def rows(self, sources: Sources, columns: Sequence[str]) -> list[dict[str, object]]:
        """What it gives now, under the names of the lake table's `columns`, as INSERT goes by position.

        Raises `ConfigurationError` where DuckDB cannot compute it.
        """
        with duckdb.connect() as database, TemporaryDirectory() as folder:
            database.execute("SET TimeZone = 'UTC'")
            for name, rows in (
                ("products", sources.products.values()),
                ("orders", sources.orders.values()),
                ("shipments", sources.shipments.values()),
            ):
                _fill(database, Path(folder), name, map(astuple, rows))
            for name, table in self._tables.items():
                if name != table and table in _COLUMNS:
                    database.execute(f'CREATE VIEW "{name}" AS SELECT * FROM "{table}"')
            try:
                found = database.execute(self._sql).fetchall()
            except duckdb.Error as error:
                raise self._refused(str(error)) from error
        if found and len(found[0]) != len(columns):
            raise self._refused(f"it gives {len(found[0])} columns, and the table has {len(columns)}")
        return [dict(zip(columns, row, strict=True)) for row in found]

    def _duckdb_sql(self, statement: str) -> str:
        try:
            insert = sqlglot.parse_one(statement, read="spark")
        except SqlglotError as error:
            raise self._refused(str(error)) from error
        if not isinstance(insert, exp.Insert) or not isinstance(insert.expression, exp.Query):
            raise self._refused("its last statement is no INSERT INTO … SELECT")
        return insert.expression.sql(dialect="duckdb")

    def _refused(self, why: str) -> ConfigurationError:
        first = why.strip().splitlines()[0]
        return ConfigurationError(
            f"{self._shown_as}: the demo computes what the lake should hold with the job's own SELECT, and cannot:\n"
            f"  {first}\n'lakehouse up' runs the job without comparing"
        )


def _fill(database: duckdb.DuckDBPyConnection, folder: Path, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Through a file: DuckDB takes a second for each thousand rows as parameters."""
    file = folder / f"{table}.csv"
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([_NULL if value is None else value for value in row] for row in rows)
    database.execute(f"CREATE TABLE {table} ({_COLUMNS[table]})")
    database.execute(f"COPY {table} FROM '{file}' (FORMAT csv, HEADER false, NULLSTR '{_NULL}', AUTO_DETECT false)")
