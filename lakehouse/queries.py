"""Queries in Athena's SQL, checked against a contract before they are run or saved: whether the tables and columns that
they name are promised."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import traverse_scope

from lakehouse.contract import Contract
from lakehouse.errors import QueryFailed, UnknownName, nearest

_DIALECT = "trino"
_CATALOG = "awsdatacatalog"
_INSTANT = "timestamp with time zone"
_METADATA_TABLES: Mapping[str, Mapping[str, str]] = {
    "files": {
        **dict.fromkeys(("content", "record_count", "file_size_in_bytes"), "bigint"),
        **dict.fromkeys(("file_path", "file_format"), "varchar"),
        **dict.fromkeys(
            ("column_sizes", "value_counts", "null_value_counts", "nan_value_counts", "lower_bounds", "upper_bounds"),
            "map(integer, bigint)",
        ),
        "key_metadata": "varbinary",
        "split_offsets": "array(bigint)",
        "equality_ids": "array(integer)",
    },
    "history": {
        "made_current_at": _INSTANT,
        "snapshot_id": "bigint",
        "parent_id": "bigint",
        "is_current_ancestor": "boolean",
    },
    "manifests": {
        "path": "varchar",
        **dict.fromkeys(
            (
                "length", "partition_spec_id", "added_snapshot_id", "added_data_files_count", "added_rows_count",
                "existing_data_files_count", "existing_rows_count", "deleted_data_files_count", "deleted_rows_count",
            ),
            "bigint",
        ),
        "partitions": "array(varchar)",
    },
    "partitions": {
        "partition": "varchar",
        **dict.fromkeys(("record_count", "file_count", "total_size"), "bigint"),
        "data": "varchar",
    },
    "refs": {
        **dict.fromkeys(("name", "type"), "varchar"),
        **dict.fromkeys(
            ("snapshot_id", "max_reference_age_in_ms", "min_snapshots_to_keep", "max_snapshot_age_in_ms"), "bigint"
        ),
    },
    "snapshots": {
        "committed_at": _INSTANT,
        "snapshot_id": "bigint",
        "parent_id": "bigint",
        "operation": "varchar",
        "manifest_list": "varchar",
        "summary": "map(varchar, varchar)",
    },
}  # fmt: skip
"""The metadata tables of an Iceberg table, `"<table>$<kind>"` (Athena user guide: "Query Iceberg table metadata")."""


@dataclass(frozen=True)
class Query:
    """One that a contract can answer."""

    sql: str
    tables: frozenset[str]
    """Those that it reads, `<database>.<table>`."""


def check_query(contract: Contract, sql: str, *, database: str | None = None) -> Query:
    """`sql`, one SELECT, once every table and column that it names is one of the contract's.

    `database`: where tables without one are looked for. Raises `UnknownName`, which names the nearest, and
    `QueryFailed` for what is no query at all.
    """
    parsed = _parse(sql)
    tables = [_found(contract, node, database) for node in _tables_in(parsed)]
    try:
        qualify(parsed.copy(), schema=_schema(contract), dialect=_DIALECT)
    except OptimizeError as error:
        raise UnknownName(_explained(str(error), contract, tables)) from None
    return Query(sql, frozenset(tables))


def _parse(sql: str) -> exp.Expr:
    try:
        statements = [statement for statement in sqlglot.parse(sql, read=_DIALECT) if statement is not None]
    except ParseError as error:
        raise QueryFailed(f"not SQL as Athena has it: {_first_line(error)}") from None
    except SqlglotError as error:  # its tokenizer's
        raise QueryFailed(f"not SQL as Athena has it: {_first_line(error)}") from None
    if len(statements) != 1:
        raise QueryFailed(f"one statement is wanted, and here are {len(statements)}")
    if not isinstance(statements[0], exp.Query):
        raise QueryFailed(f"{statements[0].key.upper()} is no query: SELECT or WITH … SELECT is wanted")
    return statements[0]


def _tables_in(query: exp.Expr) -> list[exp.Table]:
    """Those that are no names of a WITH."""
    sources = [source for scope in traverse_scope(query) for source in scope.sources.values()]
    return [source for source in sources if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier)]


def _found(contract: Contract, node: exp.Table, database: str | None) -> str:
    """The name of a table in the contract; the node names its database from here on."""
    if node.catalog and node.catalog.lower() not in (_CATALOG, contract.catalog.lower()):
        raise UnknownName(f"{node.sql(_DIALECT)}: the contract speaks of the catalog {contract.catalog} alone")
    node.set("catalog", None)
    table, _, kind = node.name.lower().partition("$")
    if not node.db and database:
        node.set("db", exp.to_identifier(database))
    name = contract.full_name(f"{node.db}.{table}" if node.db else table)
    node.set("db", exp.to_identifier(name.partition(".")[0]))
    if kind and kind not in _METADATA_TABLES:
        raise UnknownName(f'there is no metadata table "{node.name}"{nearest(kind, _METADATA_TABLES)}')
    return name


def _schema(contract: Contract) -> dict[str, object]:
    """As sqlglot takes it: database → table → column → type."""
    schema: defaultdict[str, dict[str, object]] = defaultdict(dict)
    for name, table in contract.tables.items():
        database, _, short = name.partition(".")
        schema[database][short] = {column.name.lower(): column.type for column in table.columns}
        for kind, columns in _METADATA_TABLES.items():
            schema[database][f"{short}${kind}"] = dict(columns)
    return dict(schema)


def _explained(said: str, contract: Contract, tables: list[str]) -> str:
    """sqlglot's message, with the column that was meant."""
    said = said.rstrip(".")
    column = re.search(r"[Cc]olumn:? '?(\w+)", said)
    if column is None:
        return said
    known = [each.name for table in dict.fromkeys(tables) for each in contract.tables[table].columns]
    return f"{said}; of {' and '.join(dict.fromkeys(tables))}{nearest(column[1].lower(), known)}"


def _first_line(error: SqlglotError) -> str:
    return str(error.__cause__ or error).splitlines()[0]
