"""What each snapshot of an Iceberg (v2) table did to its rows, read from the files that it added.

Data files hold the rows written; equality-delete files the keys whose earlier rows are gone; position-delete files
point at rows, mostly ones written in the same commit and outdone before its end.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from sandbox.addresses import Aws
from sandbox.athena.duckdb_lake import connect
from sandbox.demo.manifests import Snapshot, find_files

_DATA, _POSITION_DELETES, _EQUALITY_DELETES = 0, 1, 2
_MEMORY_MIB = 512


@dataclass(frozen=True)
class Effects:
    """A snapshot's doings: the watched rows it touched as it left them, and the whole table's rows after it."""

    sequence: int
    rows: Mapping[int, Mapping[str, object] | None]
    total_rows: int


def read_effects(
    aws: Aws,
    snapshots: Sequence[Snapshot],
    keys: Collection[int],
    *,
    key: str = "order_id",
) -> list[Effects]:
    """The effects of each snapshot on the rows with these `keys`, in order; rewrites have none and are left out."""
    ordered = sorted(snapshots, key=lambda snapshot: snapshot.sequence)
    if not ordered:
        return []
    with connect(aws, _MEMORY_MIB) as database:
        find_files(database, ordered)
        _find_touches(database, key)
        _drop_zones(database)
        rows, totals = _watched_rows(database, keys, key), _total_rows(database)
        effects: list[Effects] = []
        total = 0
        for snapshot in ordered:
            total = totals.get(snapshot.sequence, total)
            if not snapshot.rewrites:
                effects.append(Effects(snapshot.sequence, rows.get(snapshot.sequence, {}), total))
        return effects


def _find_touches(database: duckdb.DuckDBPyConnection, key: str) -> None:
    """Fill `written` (rows that outlive their commit) and `touched` (each key that a commit wrote or deleted)."""
    _read_files(database, "data", _DATA, f"{key} INTEGER")
    _read_files(database, "positions", _POSITION_DELETES, "file_path VARCHAR, pos BIGINT")
    _read_files(database, "equalities", _EQUALITY_DELETES, f"{key} INTEGER")
    database.execute(
        f"""
        CREATE TABLE outdone AS
        SELECT data.{key} AS key, data.in_file, data.file_row_number, min(positions.in_commit) AS outdone_in
        FROM data JOIN positions ON positions.file_path = data.in_file AND positions.pos = data.file_row_number
        GROUP BY ALL;

        CREATE TABLE written AS
        SELECT data.* FROM data LEFT JOIN outdone USING (in_file, file_row_number)
        WHERE outdone_in IS NULL OR outdone_in > data.in_commit;

        CREATE TABLE touched AS
        SELECT sequence, key, bool_or(present) AS present FROM (
            SELECT in_commit AS sequence, {key} AS key, true AS present FROM written
            UNION ALL SELECT outdone_in, key, false FROM outdone
            UNION ALL SELECT in_commit, {key}, false FROM equalities
        ) GROUP BY ALL;
        """
    )


def _drop_zones(database: duckdb.DuckDBPyConnection) -> None:
    """Moments with a zone as moments in UTC without: DuckDB needs a further package to hand out the former."""
    zoned = database.execute(
        "SELECT column_name FROM duckdb_columns()"
        " WHERE table_name = 'written' AND data_type = 'TIMESTAMP WITH TIME ZONE'"
    ).fetchall()
    for (column,) in zoned:
        database.execute(f'ALTER TABLE written ALTER "{column}" TYPE TIMESTAMP')


def _read_files(database: duckdb.DuckDBPyConnection, name: str, content: int, columns: str) -> None:
    """A table of all rows in the files of one kind; with the `columns` alone when there is no such file."""
    found = database.execute("SELECT list(location) FROM added WHERE content = $content", {"content": content})
    ((locations,),) = found.fetchall()
    if not locations:
        database.execute(f"CREATE TABLE {name} ({columns}, file_row_number BIGINT, in_commit BIGINT, in_file VARCHAR)")
        return
    database.execute(
        f"""
        CREATE TABLE {name} AS
        SELECT file.* EXCLUDE (filename), added.sequence AS in_commit, added.location AS in_file
        FROM read_parquet($locations, filename = true, file_row_number = true, union_by_name = true) AS file
        JOIN added ON added.location = file.filename
        """,
        {"locations": locations},
    )


def _watched_rows(
    database: duckdb.DuckDBPyConnection, keys: Collection[int], key: str
) -> dict[int, dict[int, Mapping[str, object] | None]]:
    """By commit and key: the row after the commit, of those it touched."""
    cursor = database.execute(
        f"""
        SELECT touched.sequence, touched.key, touched.present, written.* EXCLUDE (in_commit, in_file, file_row_number)
        FROM (SELECT unnest($keys::BIGINT[]) AS key) AS watched
        JOIN touched USING (key)
        LEFT JOIN written ON written.in_commit = touched.sequence AND written.{key} = touched.key
        """,
        {"keys": list(keys)},
    )
    names = [column[0] for column in cursor.description or ()][3:]
    rows: dict[int, dict[int, Mapping[str, object] | None]] = {}
    for sequence, found, present, *values in cursor.fetchall():
        rows.setdefault(sequence, {})[found] = dict(zip(names, values, strict=True)) if present else None
    return rows


def _total_rows(database: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """By commit: the rows of the whole table after it. Commits that touched nothing are left out."""
    totals = database.execute(
        """
        SELECT sequence, sum(sum(difference)) OVER (ORDER BY sequence)::BIGINT FROM (
            SELECT sequence,
                   present::INTEGER - coalesce(lag(present::INTEGER) OVER (PARTITION BY key ORDER BY sequence), 0)
                   AS difference
            FROM touched
        ) GROUP BY sequence
        """
    )
    return dict(totals.fetchall())
