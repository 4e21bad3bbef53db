"""A small writer of Iceberg v2 tables for the tests: upserts, as Flink makes them, with nothing but DuckDB.

Each commit writes rows, equality deletes by key and position deletes, with their manifests, and moves the table's entry
in Glue from one version to the next.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import duckdb

from sandbox.addresses import Aws
from sandbox.athena.duckdb_lake import connect
from sandbox.aws.local import aws_client

_SCHEMA = {
    "type": "struct",
    "schema-id": 0,
    "identifier-field-ids": [1],
    "fields": [
        {"id": 1, "name": "id", "required": True, "type": "long"},
        {"id": 2, "name": "name", "required": False, "type": "string", "doc": "who ordered"},
        {"id": 3, "name": "total", "required": False, "type": "decimal(10, 2)"},
        {"id": 4, "name": "at", "required": False, "type": "timestamptz"},
    ],
}
_FIELDS = "{'id': 1, 'name': 2, 'total': 3, 'at': 4}"
_DATA, _POSITION_DELETES, _EQUALITY_DELETES = 0, 1, 2
_COUNTS = ("column_sizes", "value_counts", "null_value_counts", "nan_value_counts")
_ENTRY_IDS = """{status: 0, snapshot_id: 1, sequence_number: 3, file_sequence_number: 4, data_file: {
    __duckdb_field_id: 2, content: 134, file_path: 100, file_format: 101, "partition": 102, record_count: 103,
    file_size_in_bytes: 104, column_sizes: {__duckdb_field_id: 108, key: 117, value: 118},
    value_counts: {__duckdb_field_id: 109, key: 119, value: 120},
    null_value_counts: {__duckdb_field_id: 110, key: 121, value: 122},
    nan_value_counts: {__duckdb_field_id: 137, key: 138, value: 139},
    lower_bounds: {__duckdb_field_id: 125, key: 126, value: 127},
    upper_bounds: {__duckdb_field_id: 128, key: 129, value: 130}, key_metadata: 131,
    split_offsets: {__duckdb_field_id: 132, list: 133}, equality_ids: {__duckdb_field_id: 135, list: 136},
    sort_order_id: 140, referenced_data_file: 143}}"""
_MANIFEST_IDS = """{manifest_path: 500, manifest_length: 501, partition_spec_id: 502, content: 517,
    sequence_number: 515, min_sequence_number: 516, added_snapshot_id: 503, added_files_count: 504,
    existing_files_count: 505, deleted_files_count: 506, added_rows_count: 512, existing_rows_count: 513,
    deleted_rows_count: 514}"""


@dataclass
class UpsertTable:
    """A table of orders (id, name, total, at), keyed by id, that the tests write."""

    aws: Aws
    bucket: str
    database: str
    name: str
    snapshots: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    manifests: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.location = f"s3://{self.bucket}/{self.database}/{self.name}"
        self._duckdb: duckdb.DuckDBPyConnection = connect(self.aws, 512)
        self._glue = aws_client(self.aws, "glue")
        self._s3 = aws_client(self.aws, "s3")
        self._glue.create_table(DatabaseName=self.database, TableInput=self._entry(self._write_metadata()))

    def close(self) -> None:
        self._duckdb.close()

    def commit(
        self,
        rows: list[str],
        *,
        delete_ids: list[int] | None = None,
        delete_positions: list[int] | None = None,
        at_millis: int,
        operation: str | None = None,
    ) -> int:
        """One snapshot: `rows` as SQL tuples; `delete_ids` by key, from earlier commits; `delete_positions` from this;
        `operation`, if it is not to be told from those.

        Returns its id.
        """
        number = len(self.snapshots) + 1
        snapshot = 1_000_000_000_000 + number
        data = f"{self.location}/data/{number}.parquet"
        values = ", ".join(rows)
        added = [
            self._manifest(
                snapshot,
                _DATA,
                data,
                "SELECT id::BIGINT AS id, name::VARCHAR AS name, total::DECIMAL(10, 2) AS total, "
                f'"at"::TIMESTAMPTZ AS "at" FROM (VALUES {values}) AS written(id, name, total, "at")',
                _FIELDS,
            )
        ]
        if delete_ids:
            path = f"{self.location}/data/{number}-eq.parquet"
            query = f"SELECT unnest({delete_ids}::BIGINT[]) AS id"
            added.append(self._manifest(snapshot, _EQUALITY_DELETES, path, query, "{'id': 1}"))
        if delete_positions:
            path = f"{self.location}/data/{number}-pos.parquet"
            query = f"SELECT '{data}' AS file_path, unnest({delete_positions}::BIGINT[]) AS pos"
            ids = "{'file_path': 2147483546, 'pos': 2147483545}"
            added.append(self._manifest(snapshot, _POSITION_DELETES, path, query, ids))
        self.manifests += added
        manifest_list = f"{self.location}/metadata/snap-{snapshot}.avro"
        self._copy(" UNION ALL ".join(self.manifests), manifest_list, "manifest_file", _MANIFEST_IDS)
        self.snapshots.append(
            {
                "snapshot-id": snapshot,
                **({"parent-snapshot-id": snapshot - 1} if number > 1 else {}),
                "sequence-number": number,
                "timestamp-ms": at_millis,
                "manifest-list": manifest_list,
                "schema-id": 0,
                "summary": {
                    "operation": operation or ("overwrite" if delete_ids else "append"),
                    "added-records": str(len(rows)),
                },
            }
        )
        current = self._glue.get_table(DatabaseName=self.database, Name=self.name)["Table"]
        self._glue.update_table(
            DatabaseName=self.database,
            TableInput=self._entry(self._write_metadata()),
            VersionId=current.get("VersionId", ""),
            SkipArchive=True,
        )
        return snapshot

    def _manifest(self, snapshot: int, content: int, path: str, query: str, field_ids: str) -> str:
        """Write the rows of `query` and a manifest for them; the manifest's row in the manifest list, as SQL."""
        self._duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, FIELD_IDS {field_ids})")
        rows = self._number(f"SELECT count(*) FROM ({query})")
        manifest = f"{self.location}/metadata/{path.rsplit('/', 1)[1]}-manifest.avro"
        equality = "[1]::INTEGER[]" if content == _EQUALITY_DELETES else "NULL::INTEGER[]"
        # All that the specification names: a reader may stumble over a column that is not there, but not over NULL.
        counts = ", ".join(
            [f"{name}: NULL::MAP(INTEGER, BIGINT)" for name in _COUNTS]
            + [f"{name}: NULL::MAP(INTEGER, BLOB)" for name in ("lower_bounds", "upper_bounds")]
        )
        entry = (
            f"SELECT 1::INTEGER AS status, {snapshot}::BIGINT AS snapshot_id, NULL::BIGINT AS sequence_number, "
            f"NULL::BIGINT AS file_sequence_number, {{content: {content}::INTEGER, file_path: '{path}', "
            f"file_format: 'PARQUET', \"partition\": NULL::INTEGER, record_count: {rows}::BIGINT, "
            f"file_size_in_bytes: {self._size(path)}::BIGINT, "
            f"{counts}, key_metadata: NULL::BLOB, split_offsets: NULL::BIGINT[], equality_ids: {equality}, "
            "sort_order_id: NULL::INTEGER, referenced_data_file: NULL::VARCHAR} AS data_file"
        )
        self._copy(entry, manifest, "manifest_entry", _ENTRY_IDS)
        number = len(self.snapshots) + 1
        return (
            f"SELECT '{manifest}' AS manifest_path, {self._size(manifest)}::BIGINT AS manifest_length, "
            f"0::INTEGER AS partition_spec_id, {min(content, 1)}::INTEGER AS content, "
            f"{number}::BIGINT AS sequence_number, {number}::BIGINT AS min_sequence_number, "
            f"{snapshot}::BIGINT AS added_snapshot_id, 1::INTEGER AS added_files_count, "
            "0::INTEGER AS existing_files_count, 0::INTEGER AS deleted_files_count, "
            f"{rows}::BIGINT AS added_rows_count, 0::BIGINT AS existing_rows_count, 0::BIGINT AS deleted_rows_count"
        )

    def _copy(self, query: str, path: str, record: str, field_ids: str) -> None:
        self._duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT avro, ROOT_NAME '{record}', FIELD_IDS {field_ids})")

    def _number(self, query: str) -> int:
        row = self._duckdb.execute(query).fetchone()
        assert row is not None
        return int(row[0])

    def _size(self, path: str) -> int:
        key = path.removeprefix(f"s3://{self.bucket}/")
        return self._s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"]

    def _write_metadata(self) -> str:
        number = len(self.snapshots)
        last = self.snapshots[-1] if self.snapshots else None
        metadata: dict[str, Any] = {
            "format-version": 2,
            "table-uuid": "9c12d441-03fe-4693-9a96-a0705ddf69c1",
            "location": self.location,
            "last-sequence-number": number,
            "last-updated-ms": last["timestamp-ms"] if last else 0,
            "last-column-id": 4,
            "current-schema-id": 0,
            "schemas": [_SCHEMA],
            "default-spec-id": 0,
            "partition-specs": [{"spec-id": 0, "fields": []}],
            "last-partition-id": 999,
            "default-sort-order-id": 0,
            "sort-orders": [{"order-id": 0, "fields": []}],
            "properties": {"write.upsert.enabled": "true"},
            "current-snapshot-id": last["snapshot-id"] if last else -1,
            "refs": {"main": {"snapshot-id": last["snapshot-id"], "type": "branch"}} if last else {},
            "snapshots": self.snapshots,
            "snapshot-log": [
                {"snapshot-id": made["snapshot-id"], "timestamp-ms": made["timestamp-ms"]} for made in self.snapshots
            ],
            "metadata-log": [],
        }
        key = f"{self.database}/{self.name}/metadata/{number:05}.metadata.json"
        self._s3.put_object(Bucket=self.bucket, Key=key, Body=json.dumps(metadata).encode())
        return f"s3://{self.bucket}/{key}"

    def _entry(self, metadata_location: str) -> Any:
        return {
            "Name": self.name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"table_type": "ICEBERG", "metadata_location": metadata_location},
        }
