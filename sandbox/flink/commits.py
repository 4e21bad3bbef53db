"""Which snapshot of an Iceberg table belongs to a savepoint of the Flink job that writes it.

Iceberg's Flink sink commits a checkpoint's files once the checkpoint is complete, and writes the job's id and the
checkpoint's number into the snapshot's summary. A savepoint is a checkpoint too, but only one that ends the job is
announced as complete: the files of another are committed with the checkpoint after it (FLIP-203), by an upsert table as
a snapshot of its own, by one that rows are only added to together with that checkpoint's. Until then the files are
named by manifests of the committer, whose own names have the job's id and the checkpoint's number.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.around import Around
from sandbox.athena.tables import Table, TableName
from sandbox.savepoints import TableAt

JOB_ID = "flink.job-id"
CHECKPOINT = "flink.max-committed-checkpoint-id"
_MANIFEST = re.compile(r"/[0-9a-f]+-[0-9a-f]+-\d+-\d+-(?P<checkpoint>\d+)-\d+\.avro$")
"""`<job>-<operator>-<subtask>-<attempt>-<checkpoint>-<count>.avro`."""


class Commits:
    """Of one table, by one run of a Flink job."""

    def __init__(self, around: Around, name: str, flink_job: str) -> None:
        """`name`: `<database>.<table>`; `flink_job`: the id that Flink gives this run."""
        database, _, table = name.partition(".")
        self._table = TableName(database, table)
        self._lake = around.lake
        self._s3 = around.s3
        self._flink_job = flink_job

    def at(self, checkpoint: int) -> TableAt | None:
        """The table as of a savepoint with this number; None while the files of it, or of one before it, are not
        committed yet."""
        table = self._lake.table(self._table)
        chain = [table.snapshots[snapshot] for snapshot in table.ancestors()]
        committed = [self._committed(snapshot) for snapshot in chain]
        if checkpoint in committed:
            # Nothing of it can be pending.
            return TableAt(snapshot=chain[committed.index(checkpoint)]["snapshot-id"])
        manifests = {path: number for path, number in self._manifests(table).items() if number <= checkpoint}
        if manifests and max(committed, default=-1) < max(manifests.values()):
            return None
        while chain and any(self._committed(each) > checkpoint for each in chain):
            chain = chain[1:]
        upto = max((self._committed(snapshot) for snapshot in chain), default=-1)
        pending = sorted(path for path, number in manifests.items() if number > upto)
        return TableAt(snapshot=chain[0]["snapshot-id"] if chain else None, pending=tuple(pending))

    def _committed(self, snapshot: Mapping[str, Any]) -> int:
        summary = snapshot["summary"]
        return int(summary[CHECKPOINT]) if summary.get(JOB_ID) == self._flink_job else -1

    def _manifests(self, table: Table) -> dict[str, int]:
        """Path → checkpoint; those that are deleted, as they are once their files are committed, among them."""
        place = urlsplit(f"{table.metadata_location.rpartition('/')[0]}/{self._flink_job}-")
        pages = self._s3.get_paginator("list_object_versions").paginate(
            Bucket=place.netloc, Prefix=place.path.removeprefix("/")
        )
        keys = {version["Key"] for page in pages for version in page.get("Versions", [])}
        found = {f"s3://{place.netloc}/{key}": _MANIFEST.search(key) for key in keys}
        return {path: int(match["checkpoint"]) for path, match in found.items() if match}


def restore(s3: Any, paths: tuple[str, ...]) -> list[str]:
    """Bring back those that were deleted, and give those that can't be: the bucket keeps versions for a while."""
    lost: list[str] = []
    for path in paths:
        bucket, _, key = path.removeprefix("s3://").partition("/")
        versions = s3.list_object_versions(Bucket=bucket, Prefix=key)
        if not any(version["Key"] == key for version in versions.get("Versions", [])):
            lost.append(path)
            continue
        for marker in versions.get("DeleteMarkers", []):
            s3.delete_object(Bucket=bucket, Key=key, VersionId=marker["VersionId"])
    return lost
