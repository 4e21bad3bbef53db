"""What a checkpoint of a job asks of S3 and Glue, and leaves there.

Counted in the sandbox, request by request (2026-11-25): the job enriched-orders with 10 s between checkpoints,
parallelism 1, 50 changes a second, Flink 1.20.5, Iceberg 1.11.0. State goes through Flink's `flink-s3-fs-hadoop`, which
looks around before and after each file that it writes. Deletes cost nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Requests:
    """Of one checkpoint."""

    write: float
    """Those that write or list, which S3 prices the same."""
    read: float

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(self.write + other.write, self.read + other.read)

    def __mul__(self, times: float) -> "Requests":
        return Requests(self.write * times, self.read * times)


TABLE = Requests(write=6, read=8)
"""Two manifests of Flink's, two of Iceberg's, the list of manifests and the metadata file; the reads are of these."""
TABLE_SUBTASK = Requests(write=3, read=0)
"""New rows, equality deletes and position deletes, by each subtask that writes."""
STATE = Requests(write=11, read=4)
"""`_metadata` in three requests, and folders that are looked for, marked and looked for again."""
STATE_SUBTASK = Requests(write=10.5, read=7)
"""3.5 files of RocksDB's, each looked for before it is written and when it is deleted."""
HIGH_AVAILABILITY = Requests(write=2, read=2)
"""The pointer to the checkpoint, as one further file. Not counted: the sandbox has no high availability."""

CATALOG_REQUESTS = 5
"""Of Glue, for each table: four questions and one update."""

CHANGE_BYTES = 62
"""In data files, for each change."""
COMMIT_BYTES = 39_200
"""Manifests and their list, whatever changed."""
SNAPSHOT_BYTES = 1_344
"""Of each snapshot that is kept, in the metadata file, which every commit writes anew."""
GZIPPED_SNAPSHOT_BYTES = 105
"""With the table's `write.metadata.compression-codec` = `gzip`."""

STATE_BYTES = 133_000
"""`_metadata`, whatever changed."""
STATE_CHANGE_BYTES = 2_060
"""In RocksDB's files, for each change: what they rewrite of themselves is in it."""
