"""A savepoint of a running job, with what belongs to it in the lake and in PostgreSQL, step by step."""

import struct
import time
from collections.abc import Callable, Generator
from typing import Any

from botocore.exceptions import ClientError

from sandbox.around import Around
from sandbox.databases import slots
from sandbox.flink.cluster import FlinkCluster
from sandbox.flink.commits import Commits
from sandbox.flink.rest import Refused
from sandbox.savepoints import HeldSlot, Savepoint, TableAt

SECONDS = 180
_RUNS_SECONDS = 20
_LOOK_SECONDS = 1
"""To look is some work for the played AWS, which the job is waiting for too."""
_MAGIC = 0x4960672D
_HEADER = struct.Struct(">iiq")
"""Of Flink's `_metadata`: a magic number, its version, the checkpoint's number (MetadataV2V3SerializerBase)."""


def take(cluster: FlinkCluster, around: Around, *, stop: bool = False) -> Generator[None, None, Savepoint]:
    """Take one, and with `stop` let the job end with it; raises `Refused` where that can't be, and the job goes on."""
    yield from until(cluster.rest.all_tasks_running, "the job does not run", _RUNS_SECONDS)
    held = slots.hold(around.postgres, cluster.definition.slots) if around.postgres else ()
    try:
        flink_job = cluster.rest.job_id()
        path = yield from _path(cluster, flink_job, stop=stop)
        checkpoint = checkpoint_of(around.s3, path)
        if checkpoint is None:
            raise Refused(f"Flink says that a savepoint is at {path}, and there is none")
        tables = yield from _tables(cluster, around, flink_job, checkpoint)
    except BaseException:
        if around.postgres:
            slots.release(around.postgres, held)
        raise
    return _savepoint(cluster, path, checkpoint, tables, held, stop=stop)


def checkpoint_of(s3: Any, path: str) -> int | None:
    """The number in a savepoint's metadata; None where there is no savepoint."""
    bucket, _, key = path.removeprefix("s3://").partition("/")
    try:
        header = s3.get_object(Bucket=bucket, Key=f"{key.rstrip('/')}/_metadata")["Body"].read(_HEADER.size)
        magic, _, checkpoint = _HEADER.unpack(header)
    except (ClientError, struct.error):
        return None
    return checkpoint if magic == _MAGIC else None


def until(happened: Callable[[], bool], else_: str, seconds: float = SECONDS) -> Generator[None]:
    """Look at it now and then; raises `Refused` when it has not happened in time."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise Refused(f"{else_}, {seconds:.0f} s after it was asked to; see 'lakehouse logs'")
        yield


def _path(cluster: FlinkCluster, flink_job: str, *, stop: bool) -> Generator[None, None, str]:
    request = cluster.rest.take_savepoint(flink_job, stop=stop)
    cluster.changing = stop
    deadline = time.monotonic() + SECONDS
    try:
        while (path := cluster.rest.savepoint_path(flink_job, request)) is None:
            if time.monotonic() > deadline:
                raise Refused(f"Flink has not finished the savepoint after {SECONDS} s; see 'lakehouse logs'")
            yield
    except Refused:
        # Flink lets the job go on when the savepoint fails.
        cluster.changing = False
        raise
    return path


def _tables(
    cluster: FlinkCluster, around: Around, flink_job: str, checkpoint: int
) -> Generator[None, None, dict[str, TableAt]]:
    """Once the committer has got so far."""
    found: dict[str, TableAt] = {}
    deadline = time.monotonic() + SECONDS
    for name in cluster.definition.tables:
        commits = Commits(around, name, flink_job)
        while (at := commits.at(checkpoint)) is None:
            if time.monotonic() > deadline:
                raise Refused(f"{name} has not got the commit of the checkpoint after the savepoint; try again")
            looked = time.monotonic()
            while time.monotonic() < looked + _LOOK_SECONDS:
                yield
        found[name] = at
    return found


def _savepoint(
    cluster: FlinkCluster,
    path: str,
    checkpoint: int,
    tables: dict[str, TableAt],
    held: tuple[HeldSlot, ...],
    *,
    stop: bool,
) -> Savepoint:
    return Savepoint(
        job=cluster.name,
        path=path,
        checkpoint=checkpoint,
        taken_at=time.time(),
        stopped=stop,
        tables=tables,
        slots=held,
    )
