"""Which files each snapshot of an Iceberg (v2) table added, by its manifests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import duckdb

_REMOVALS = ("deleted-data-files", "removed-delete-files")


@dataclass(frozen=True)
class Snapshot:
    """An entry of `snapshots` in a table's metadata."""

    id: int
    sequence: int
    manifest_list: str
    rewrites: bool
    """Compaction and the like: files are replaced, rows stay."""
    removes_files: bool

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        summary = entry.get("summary", {})
        return cls(
            id=entry["snapshot-id"],
            sequence=entry["sequence-number"],
            manifest_list=entry["manifest-list"],
            rewrites=summary.get("operation") == "replace",
            removes_files=any(name in summary for name in _REMOVALS),
        )


def find_files(database: duckdb.DuckDBPyConnection, snapshots: Sequence[Snapshot]) -> None:
    """Fill `added`: each data and delete file, and the sequence number of the commit that added it; rewrites excepted.

    The last snapshot's manifests name every file still in use; a snapshot that removes files is preceded by one whose
    manifests still have them.
    """
    lists = {snapshots[-1].manifest_list}
    lists |= {before.manifest_list for before, after in pairwise(snapshots) if after.removes_files}
    database.execute(
        """
        CREATE TABLE manifests AS
        SELECT DISTINCT manifest_path, sequence_number, partition_spec_id FROM read_avro($lists);
        """,
        {"lists": sorted(lists)},
    )
    database.execute("CREATE TABLE added (sequence BIGINT, content INTEGER, location VARCHAR)")
    # The Avro reader wants one schema, and that of manifests depends on the partitioning.
    specs = database.execute("SELECT list(manifest_path) FROM manifests GROUP BY partition_spec_id").fetchall()
    changing = [snapshot.sequence for snapshot in snapshots if not snapshot.rewrites]
    for (locations,) in specs:
        _add_files(database, locations, changing)


def _add_files(database: duckdb.DuckDBPyConnection, manifests: Sequence[str], changing: Sequence[int]) -> None:
    """The files that these manifests name and that one of the `changing` commits added."""
    # A file's own sequence number, not its data's: compaction gives new files the number of the rows' old commit.
    # It is NULL in the manifest that the commit wrote itself, and stands for the manifest's.
    database.execute(
        """
        INSERT INTO added
        SELECT DISTINCT coalesce(entry.file_sequence_number, manifests.sequence_number) AS sequence,
               coalesce(entry.data_file.content, 0), entry.data_file.file_path
        FROM read_avro($manifests, filename = true) AS entry
        JOIN manifests ON manifests.manifest_path = entry.filename
        WHERE list_contains($changing::BIGINT[], sequence)
        """,
        {"manifests": manifests, "changing": changing},
    )
