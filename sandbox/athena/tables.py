"""The lake's tables as Glue and their Iceberg metadata describe them: which exist, their snapshots, their schema.

Reads only. Everything a caller may do wrong is a `QueryError`.
"""

import difflib
import gzip
import json
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class QueryError(Exception):
    """A query that can't be answered; `str()` is for the person who typed it: one to five lines, with the remedy."""


@dataclass(frozen=True)
class TableName:
    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}"


class Table:
    """One Iceberg table as of one metadata file. Metadata files never change, so neither does this."""

    def __init__(self, name: TableName, metadata_location: str, lake: "Lake") -> None:
        self.name = name
        self.metadata_location = metadata_location
        self._lake = lake

    @cached_property
    def metadata(self) -> Mapping[str, Any]:
        return self._lake.read_metadata(self.metadata_location)

    @property
    def gzipped(self) -> bool:
        """As `write.metadata.compression-codec` names its files."""
        return self.metadata_location.endswith(".gz.metadata.json")

    @property
    def schema(self) -> Mapping[str, Any]:
        """The current one, in the JSON of Iceberg's specification."""
        current = self.metadata["current-schema-id"]
        return next(schema for schema in self.metadata["schemas"] if schema["schema-id"] == current)

    @property
    def partition_fields(self) -> list[Mapping[str, Any]]:
        """Those of the current partition specification."""
        current = self.metadata["default-spec-id"]
        return next(spec["fields"] for spec in self.metadata["partition-specs"] if spec["spec-id"] == current)

    @property
    def current_snapshot(self) -> int | None:
        snapshot: int = self.metadata.get("current-snapshot-id", -1)
        return None if snapshot in (None, -1) else snapshot

    @cached_property
    def snapshots(self) -> dict[int, Mapping[str, Any]]:
        return {snapshot["snapshot-id"]: snapshot for snapshot in self.metadata.get("snapshots", [])}

    def snapshot_at(self, instant: datetime) -> int:
        """The snapshot that was current at `instant`: the newest entry of the snapshot log at or before it."""
        # Whole milliseconds, as the log has them: a float would round some instants to the one before.
        millis = (instant - _EPOCH) // timedelta(milliseconds=1)
        log: list[Mapping[str, int]] = self.metadata.get("snapshot-log", [])
        before = [entry for entry in log if entry["timestamp-ms"] <= millis]
        if not before:
            first = f"its history begins at {_as_text(log[0]['timestamp-ms'])}" if log else "it has no snapshot yet"
            raise QueryError(f"{self.name} has no snapshot at or before {_as_text(millis)}; {first}")
        return self.snapshot(before[-1]["snapshot-id"])

    def snapshot(self, snapshot: int | str) -> int:
        """The id of a snapshot, given by id or by the name of a tag or branch. Refuses an unknown or expired one."""
        if isinstance(snapshot, str):
            refs: Mapping[str, Mapping[str, Any]] = self.metadata.get("refs", {})
            if snapshot not in refs:
                raise QueryError(f"{self.name} has no tag or branch {snapshot!r}{nearest(snapshot, refs)}")
            return int(refs[snapshot]["snapshot-id"])
        if snapshot not in self.snapshots:
            raise QueryError(
                f"{self.name} has no snapshot {snapshot}: it never had one, or it has expired\n"
                f'Those it has: SELECT * FROM {self.name.database}."{self.name.table}$snapshots"'
            )
        return snapshot

    def ancestors(self) -> list[int]:
        """The current snapshot and those it grew from: a snapshot that was rolled back is not among them."""
        found: list[int] = []
        snapshot = self.current_snapshot
        while snapshot is not None and snapshot in self.snapshots:
            found.append(snapshot)
            snapshot = self.snapshots[snapshot].get("parent-snapshot-id")
        return found


class Lake:
    """The databases and tables in Glue. Threads may share it."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._glue = aws_client(aws, "glue")
        self._s3 = aws_client(aws, "s3")
        # The newest few: a polling loop asks for the same ones again and again.
        self.read_metadata = lru_cache(maxsize=16)(self._read_metadata)

    def databases(self) -> list[str]:
        with _explained(self._aws):
            pages = self._glue.get_paginator("get_databases").paginate()
            return sorted(database["Name"] for page in pages for database in page["DatabaseList"])

    def tables(self, database: str) -> list[str]:
        with _explained(self._aws):
            try:
                pages = list(self._glue.get_paginator("get_tables").paginate(DatabaseName=database))
            except self._glue.exceptions.EntityNotFoundException as error:
                raise QueryError(f"there is no database {database!r}{nearest(database, self.databases())}") from error
            return sorted(table["Name"] for page in pages for table in page["TableList"])

    def table(self, name: TableName) -> Table:
        """The table as it is now. Refuses an unknown one, naming the nearest, and one that is not Iceberg's."""
        with _explained(self._aws):
            try:
                found = self._glue.get_table(DatabaseName=name.database, Name=name.table)["Table"]
            except self._glue.exceptions.EntityNotFoundException as error:
                tables = self.tables(name.database)
                hint = nearest(name.table, tables) if tables else ": it has no table yet"
                raise QueryError(f"there is no table {name.table!r} in database {name.database!r}{hint}") from error
        location = found.get("Parameters", {}).get("metadata_location")
        if not location:
            raise QueryError(f"{name} is not an Iceberg table (its entry in Glue has no metadata_location)")
        return Table(name, location, self)

    def databases_with(self, table: str) -> list[str]:
        return [database for database in self.databases() if table in self.tables(database)]

    def _read_metadata(self, location: str) -> Mapping[str, Any]:
        url = urlsplit(location)
        with _explained(self._aws):
            body = self._s3.get_object(Bucket=url.netloc, Key=url.path.lstrip("/"))["Body"].read()
        return json.loads(gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body)


def nearest(name: str, existing: Iterable[str]) -> str:
    """The end of a message about an unknown name: the likeliest meant, else all there are."""
    names = sorted(existing)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; there are: {', '.join(names[:10])}{', …' if len(names) > 10 else ''}" if names else "; there is none yet"


@contextmanager
def _explained(aws: Aws) -> Generator[None]:
    """Turns what boto3 raises into a `QueryError`."""
    try:
        yield
    except ClientError as error:
        raise QueryError(f"the sandbox's AWS refused: {error}") from error
    except BotoCoreError as error:
        raise QueryError(f"the sandbox's AWS does not answer at {aws.endpoint}; is the sandbox up?") from error


def _as_text(millis: int) -> str:
    return f"{datetime.fromtimestamp(millis // 1000, UTC):%Y-%m-%d %H:%M:%S}.{millis % 1000:03} UTC"
