"""The lake table's commits seen from outside: when the catalog pointed to each, and which rows it wrote or deleted."""

import json
import threading
import time
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client
from sandbox.demo.freshness import Commit
from sandbox.demo.manifests import Snapshot
from sandbox.demo.snapshots import Effects, read_effects

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Sighting:
    """The catalog's pointer, seen to have moved at `seen_at` (seconds since the epoch), and what it points to."""

    metadata_location: str
    sequence: int
    """The sequence number of the table's last commit in it."""
    seen_at: float


class WatchFailed(Exception):
    """The catalog or the table's metadata could not be read for longer than a moment."""


class CommitWatcher:
    """Asks the catalog all the time where the table's metadata is, in a thread of its own, until `stop()`.

    A commit counts as seen when the catalog's answer has arrived: at most one interval and one request too late, never
    too early. Each new metadata file is read at once, since the table may delete old ones while it runs.
    """

    def __init__(self, aws: Aws, database: str, table: str, *, interval: float = 0.05) -> None:
        """`interval`: seconds between two questions."""
        self._aws = aws
        self._database = database
        self._table = table
        self._interval = interval
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._watch, name="commit watcher", daemon=True)
        self._sightings: list[Sighting] = []
        self._snapshots: dict[int, Snapshot] = {}

    def start(self) -> Self:
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the thread. Raises WatchFailed when it had to give up before."""
        self._stop.set()
        self._thread.join()
        if self._error is not None:
            raise WatchFailed(f"{self._database}.{self._table} could not be watched: {self._error}") from self._error

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.stop()
        else:
            self._stop.set()

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """So far, in their order."""
        return tuple(self._sightings)

    def commits(self, keys: Collection[int], *, key: str = "order_id") -> list[Commit]:
        """Every commit of the table up to the last one seen, with what each did to the rows with these keys.

        Reads the files that the commits added: seconds for hundreds of commits.
        """
        if not self._sightings:
            return []
        effects = read_effects(self._aws, list(self._snapshots.values()), keys, key=key)
        return as_commits(effects, self._sightings)

    def _watch(self) -> None:
        glue, s3 = aws_client(self._aws, "glue"), aws_client(self._aws, "s3")
        answered = time.monotonic()
        while not self._stop.is_set():
            try:
                table = glue.get_table(DatabaseName=self._database, Name=self._table)["Table"]
                seen_at = time.time()
                location = table.get("Parameters", {}).get("metadata_location", "")
                if location and (not self._sightings or self._sightings[-1].metadata_location != location):
                    self._read(s3, location, seen_at)
                answered = time.monotonic()
            except glue.exceptions.EntityNotFoundException:
                answered = time.monotonic()  # The job has not created it yet.
            except Exception as error:  # Whatever it is, stop() says it; a thread that dies on it would not.
                if time.monotonic() - answered > _PATIENCE_SECONDS:
                    self._error = error
                    return
            self._stop.wait(self._interval)

    def _read(self, s3: "S3Client", location: str, seen_at: float) -> None:
        metadata = read_json(s3, location)
        for snapshot in metadata.get("snapshots", []):
            self._snapshots.setdefault(snapshot["snapshot-id"], Snapshot.of(snapshot))
        self._sightings.append(Sighting(location, metadata.get("last-sequence-number", 0), seen_at))


def as_commits(effects: Sequence[Effects], sightings: Sequence[Sighting]) -> list[Commit]:
    """Each snapshot's effects at the time of the first sighting that includes it; those not seen yet are left out."""
    sequences = [sighting.sequence for sighting in sightings]
    places = [(bisect_left(sequences, effect.sequence), effect) for effect in effects]
    return [
        Commit(effect.sequence, sightings[place].seen_at, effect.rows, effect.total_rows)
        for place, effect in places
        if place < len(sightings)
    ]


def read_json(s3: "S3Client", location: str) -> Mapping[str, Any]:
    """The JSON document at an s3:// address."""
    address = urlsplit(location)
    return json.loads(s3.get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))["Body"].read())
