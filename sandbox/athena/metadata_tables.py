"""Athena's metadata tables (`"orders$history"` and its siblings) as DuckDB queries over an Iceberg table's metadata.

Columns are Athena's, in its order, except that `$files` leaves out the lower and upper bounds of columns, which
Iceberg stores as bytes.
"""

from collections.abc import Callable

from sandbox.athena.duckdb_lake import quoted
from sandbox.athena.tables import QueryError, Table, nearest

# Runs a query in DuckDB, for what must be known before the real query can be written.
Fetch = Callable[[str], list[tuple[object, ...]]]

# Of Iceberg's specification: the status of a manifest's entry, the content of a file.
_DELETED = 2
_DATA = 0


def metadata_table_sql(table: Table, kind: str, fetch: Fetch) -> str:
    """The DuckDB query that gives the rows of `"<table>$<kind>"`. Refuses a kind that there is not."""
    if kind not in _KINDS:
        raise QueryError(f'there is no metadata table "{table.name.table}${kind}"{nearest(kind, _KINDS)}')
    return _KINDS[kind](table, fetch)


def _history(table: Table, _: Fetch) -> str:
    return f"""
        SELECT make_timestamptz(entry."timestamp-ms" * 1000) AS made_current_at,
               entry."snapshot-id" AS snapshot_id,
               made."parent-snapshot-id" AS parent_id,
               list_contains({table.ancestors()}::BIGINT[], entry."snapshot-id") AS is_current_ancestor
        FROM (SELECT unnest("snapshot-log") AS entry FROM {_json(table)})
        LEFT JOIN (SELECT unnest(snapshots) AS made FROM {_json(table)}) ON made."snapshot-id" = entry."snapshot-id"
        ORDER BY entry."timestamp-ms"
    """


def _snapshots(table: Table, _: Fetch) -> str:
    return f"""
        SELECT make_timestamptz(made."timestamp-ms" * 1000) AS committed_at,
               made."snapshot-id" AS snapshot_id,
               made."parent-snapshot-id" AS parent_id,
               made.summary['operation'] AS operation,
               made."manifest-list" AS manifest_list,
               map_from_entries(list_filter(map_entries(made.summary), lambda e: e.key <> 'operation')) AS summary
        FROM (SELECT unnest(snapshots) AS made FROM {_json(table)})
        ORDER BY made."timestamp-ms"
    """


def _refs(table: Table, _: Fetch) -> str:
    return f"""
        SELECT ref.key AS name,
               upper(ref.value.type) AS type,
               ref.value."snapshot-id" AS snapshot_id,
               ref.value."max-ref-age-ms" AS max_reference_age_in_ms,
               ref.value."min-snapshots-to-keep" AS min_snapshots_to_keep,
               ref.value."max-snapshot-age-ms" AS max_snapshot_age_in_ms
        FROM (SELECT unnest(map_entries(refs)) AS ref FROM {_json(table)})
    """


def _manifests(table: Table, _: Fetch) -> str:
    manifest_list = _manifest_list(table)
    source = f"read_avro({quoted(manifest_list)})" if manifest_list else _NO_MANIFEST
    return f"""
        SELECT manifest_path AS path,
               manifest_length AS length,
               partition_spec_id,
               added_snapshot_id,
               added_files_count AS added_data_files_count,
               added_rows_count,
               existing_files_count AS existing_data_files_count,
               existing_rows_count,
               deleted_files_count AS deleted_data_files_count,
               deleted_rows_count
        FROM {source}
    """


def _files(table: Table, fetch: Fetch) -> str:
    return " UNION ALL ".join(
        f"""SELECT data_file.content AS content,
                   data_file.file_path AS file_path,
                   data_file.file_format AS file_format,
                   data_file.record_count AS record_count,
                   data_file.file_size_in_bytes AS file_size_in_bytes,
                   data_file.column_sizes AS column_sizes,
                   data_file.value_counts AS value_counts,
                   data_file.null_value_counts AS null_value_counts,
                   data_file.nan_value_counts AS nan_value_counts,
                   data_file.key_metadata AS key_metadata,
                   data_file.split_offsets AS split_offsets,
                   data_file.equality_ids AS equality_ids
            FROM {source} WHERE status <> {_DELETED}"""
        for source in _entries(table, fetch)
    )


def _partitions(table: Table, fetch: Fetch) -> str:
    sources = _entries(table, fetch)
    partition = 'data_file."partition" AS "partition",' if table.partition_fields else ""
    if len(sources) > 1:  # partitioned anew at some time: values of unlike types, which only text has room for
        partition = 'CAST(data_file."partition" AS VARCHAR) AS "partition",'
    return " UNION ALL ".join(
        f"""SELECT {partition}
                   sum(data_file.record_count)::BIGINT AS record_count,
                   count(*) AS file_count,
                   sum(data_file.file_size_in_bytes)::BIGINT AS total_size
            FROM {source} WHERE status <> {_DELETED} AND data_file.content = {_DATA}
            {'GROUP BY data_file."partition"' if partition else "HAVING count(*) > 0"}"""
        for source in sources
    )


_KINDS: dict[str, Callable[[Table, Fetch], str]] = {
    "files": _files,
    "history": _history,
    "manifests": _manifests,
    "partitions": _partitions,
    "refs": _refs,
    "snapshots": _snapshots,
}

# What DuckDB can't learn from a file that isn't there: the columns of a table that has no snapshot yet.
_NO_MANIFEST = """(
    SELECT NULL::VARCHAR AS manifest_path, NULL::BIGINT AS manifest_length, NULL::INTEGER AS partition_spec_id,
        NULL::BIGINT AS added_snapshot_id, NULL::INTEGER AS added_files_count, NULL::BIGINT AS added_rows_count,
        NULL::INTEGER AS existing_files_count, NULL::BIGINT AS existing_rows_count,
        NULL::INTEGER AS deleted_files_count, NULL::BIGINT AS deleted_rows_count
    WHERE false
)"""
_NO_ENTRY = """(
    SELECT NULL::INTEGER AS status, NULL::STRUCT(content INTEGER, file_path VARCHAR, file_format VARCHAR,
        "partition" VARCHAR, record_count BIGINT, file_size_in_bytes BIGINT, column_sizes MAP(INTEGER, BIGINT),
        value_counts MAP(INTEGER, BIGINT), null_value_counts MAP(INTEGER, BIGINT),
        nan_value_counts MAP(INTEGER, BIGINT), key_metadata BLOB, split_offsets BIGINT[], equality_ids BIGINT[]
        ) AS data_file
    WHERE false
)"""


def _manifest_list(table: Table) -> str | None:
    snapshot = table.current_snapshot
    return None if snapshot is None else str(table.snapshots[snapshot]["manifest-list"])


def _entries(table: Table, fetch: Fetch) -> list[str]:
    """The entries of every manifest of the current snapshot: a source for each way in which it has been partitioned,
    because the entries of one tell partitions in columns that the others lack."""
    manifest_list = _manifest_list(table)
    if manifest_list is None:
        return [_NO_ENTRY]
    specs = fetch(
        f"SELECT list(manifest_path) FROM read_avro({quoted(manifest_list)}) "
        "GROUP BY partition_spec_id ORDER BY partition_spec_id"
    )
    return [f"read_avro({paths})" for (paths,) in specs] or [_NO_ENTRY]


def _json(table: Table) -> str:
    """The metadata file, its types told rather than guessed: a column may be missing or look like another type."""
    compression = ", compression = 'gzip'" if table.gzipped else ""
    return f"""read_json({quoted(table.metadata_location)}{compression}, columns = {{
        'snapshot-log': 'STRUCT("timestamp-ms" BIGINT, "snapshot-id" BIGINT)[]',
        'snapshots': 'STRUCT("timestamp-ms" BIGINT, "snapshot-id" BIGINT, "parent-snapshot-id" BIGINT,
            "manifest-list" VARCHAR, summary MAP(VARCHAR, VARCHAR))[]',
        'refs': 'MAP(VARCHAR, STRUCT(type VARCHAR, "snapshot-id" BIGINT, "max-ref-age-ms" BIGINT,
            "min-snapshots-to-keep" INTEGER, "max-snapshot-age-ms" BIGINT))'}})"""
