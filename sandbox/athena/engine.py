"""What Athena would answer: queries in Athena's SQL over the lake in the played AWS, run by DuckDB. It only reads.

>>> with Athena(aws) as athena:
...     athena.query("SELECT * FROM iceberg_orders.lake FOR TIMESTAMP AS OF current_timestamp - interval '10' second")

Unlike in Athena: 1/0 is NULL, dividing decimals gives a double, `AT TIME ZONE` drops the zone, `information_schema` is
missing, and a function that DuckDB has not under any name that sqlglot knows is an error.

What a query costs grows with the square of the upsert commits since the last compaction, because each data file meets
every later delete file: 0.2 s after 50 of them, 3 s after 300. A loop that waits for a commit asks `"table$history"`.
"""

import re
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import duckdb

from sandbox.addresses import Aws
from sandbox.athena.duckdb_lake import connect
from sandbox.athena.result import Result, as_table, print_csv, to_json
from sandbox.athena.show import show
from sandbox.athena.sql import first_word, parse, rewrite
from sandbox.athena.tables import Lake, QueryError

__all__ = ["Athena", "QueryError", "Result", "as_table", "print_csv", "query", "to_json"]

_ZONED = "TIMESTAMP WITH TIME ZONE"


class Athena:
    """Answers queries until `close()` or the end of a `with` block. Keep it for a loop: what it has read of the lake's
    files, none of which ever changes, it does not read again. Threads may share it."""

    def __init__(self, aws: Aws, *, database: str | None = None, memory_mib: int = 1024) -> None:
        """`database` is where tables without one are looked for; `memory_mib` bounds what DuckDB holds."""
        self._lake = Lake(aws)
        self._database = database
        self._duckdb = connect(aws, memory_mib)

    def query(self, sql: str) -> Result:
        """The answer to one statement, as of now. Raises `QueryError`."""
        if first_word(sql) in ("SHOW", "DESCRIBE", "DESC"):
            columns, rows = show(sql, self._lake, database=self._database)
            return Result(tuple(columns), rows)
        parsed = parse(sql)
        with self._duckdb.cursor() as cursor:

            def fetch(statement: str) -> list[tuple[object, ...]]:
                return cursor.execute(statement).fetchall()

            try:
                return _run(cursor, rewrite(parsed, self._lake, fetch, database=self._database))
            except duckdb.Error as error:
                raise QueryError(_explained(error)) from error

    def rows(self, table: str) -> list[dict[str, object]]:
        """Every row of `<database>.<table>`, for a comparison with what should be there."""
        return self.query(f"SELECT * FROM {table}").dicts()

    def close(self) -> None:
        self._duckdb.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def query(aws: Aws, sql: str, *, database: str | None = None) -> Result:
    """One answer, for a caller that has one question. Raises `QueryError`."""
    with Athena(aws, database=database) as athena:
        return athena.query(sql)


def _run(cursor: duckdb.DuckDBPyConnection, sql: str) -> Result:
    cursor.execute(sql)
    columns = tuple(str(column[0]) for column in cursor.description)
    types = [str(column[1]) for column in cursor.description]
    if not any(_ZONED in kind for kind in types):
        return Result(columns, cursor.fetchall())
    # DuckDB makes Python values of instants only with the help of the package pytz. As plain UTC it needs no help.
    names = [f"c{index}" for index in range(len(columns))]
    plain = [
        f"CAST({name} AS {kind.replace(_ZONED, 'TIMESTAMP')})" if _ZONED in kind else name
        for name, kind in zip(names, types, strict=True)
    ]
    rows = cursor.execute(f"SELECT {', '.join(plain)} FROM ({sql}) AS answer({', '.join(names)})").fetchall()
    zoned = [kind == _ZONED for kind in types]
    return Result(columns, [tuple(map(_in_utc, row, zoned)) for row in rows])


def _in_utc(value: object, zoned: bool) -> object:
    return value.replace(tzinfo=UTC) if zoned and isinstance(value, datetime) else value


def _explained(error: duckdb.Error) -> str:
    """DuckDB's message without its excerpt of the query, which is not the one that was typed."""
    text = re.sub(r"^[\w ]+ Error: ", "", str(error).split("\n\nLINE ")[0].strip())
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(line[:300] for line in lines[:5])
