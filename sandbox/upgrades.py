"""A job that goes on as another, or from an earlier moment: `lakehouse upgrade` and `rewind`, step by step.

Whatever goes wrong after the job was stopped, it goes on as it was, from the savepoint that it was stopped with.
"""

import time
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass

from infra.errors import ConfigurationError
from sandbox.around import Around
from sandbox.athena.tables import Lake, QueryError, TableName
from sandbox.databases import slots
from sandbox.databases.slots import SlotLost
from sandbox.flink import savepoints
from sandbox.flink.cluster import FlinkCluster, JobEnded
from sandbox.flink.commits import restore
from sandbox.flink.failures import why
from sandbox.flink.rest import Refused
from sandbox.flink.savepoints import until
from sandbox.processes import Process, ProcessFailed
from sandbox.rewind_checks import check
from sandbox.savepoints import Savepoint

_FAILURES = (Refused, JobEnded, ProcessFailed, SlotLost, QueryError, ConfigurationError)
_ROLL_BACK_SECONDS = 90
_COMMIT_SECONDS = 5
"""So long the first commit with rows is waited for: where nothing changes, there is none."""


@dataclass(frozen=True)
class Changed:
    """A job that was changed and runs."""

    savepoint: Savepoint
    """What it was stopped with."""
    down_seconds: float
    gaps: Mapping[str, float]


class WentBack(Refused):
    """A change failed after the job was stopped, and the job goes on as before."""

    def __init__(self, why: str, savepoint: Savepoint) -> None:
        super().__init__(why)
        self.savepoint = savepoint
        """What it was stopped with."""


def upgrade(old: FlinkCluster, new: FlinkCluster, around: Around) -> Generator[None, None, Changed]:
    """Start `new`, which is prepared, in the stead of `old`; raises `Refused` with the cause where that can't be, and
    `old` goes on."""
    change = _Change(old, around)
    stopped = yield from change.stop()
    try:
        yield from change.start(new, stopped.path)
    except _FAILURES as failure:
        cause = why(failure, new)
        new.stop(quickly=True)
        yield from change.go_back(stopped)
        raise WentBack(
            f"it does not start from the savepoint like that, and goes on as it was:\n{cause}", stopped
        ) from None
    gaps = yield from change.gaps()
    return Changed(stopped, change.seconds, gaps)


def rewind(
    cluster: FlinkCluster, savepoint: Savepoint, around: Around, runs: frozenset[str]
) -> Generator[None, None, Changed]:
    """Put the job, its tables and its replication slots back to where they were at `savepoint`; `runs`: Flink's ids of
    the job so far. Raises `Refused`, and the job goes on where it was."""
    yield from until(cluster.rest.all_tasks_running, "the job does not run", 20)
    check(cluster, savepoint, around, runs)
    change = _Change(cluster, around)
    stopped = yield from change.stop()
    try:
        # Somebody may have written while the job came to its end.
        targets = check(cluster, savepoint, around, runs)
        yield from change.put_back(savepoint, targets)
        yield from change.start(cluster, savepoint.path)
    except _FAILURES as failure:
        cause = why(failure, cluster)
        cluster.stop(quickly=True)
        yield from change.go_back(stopped)
        raise WentBack(
            f"it does not start from {savepoint.name}, and goes on where it was:\n{cause}", stopped
        ) from None
    gaps = yield from change.gaps()
    return Changed(stopped, change.seconds, gaps)


class _Change:
    """A job from its stop until it runs again."""

    def __init__(self, cluster: FlinkCluster, around: Around) -> None:
        self._cluster = cluster
        self._around = around
        self._tables = _Tables(around.lake, cluster.definition.tables)
        self._stopped_at = 0.0
        self.seconds = 0.0

    def stop(self) -> Generator[None, None, Savepoint]:
        standbys = yield from self._without_standbys()
        self._stopped_at = time.monotonic()
        try:
            stopped = yield from savepoints.take(self._cluster, self._around, stop=True)
        except _FAILURES:
            for standby in standbys:
                standby.start()
                self._cluster.jobmanagers.append(standby)
            raise
        # It ends by itself, once it has cleaned up what ZooKeeper has of it.
        leader = self._cluster.jobmanagers[0]
        deadline = time.monotonic() + savepoints.SECONDS
        while leader.alive and time.monotonic() < deadline:
            yield
        self._cluster.stop(quickly=True)
        self._tables.remember_last()
        return stopped

    def start(self, cluster: FlinkCluster, path: str) -> Generator[None]:
        cluster.changing = True
        cluster.start(path)
        while not cluster.came_up():
            yield
        self.seconds = time.monotonic() - self._stopped_at
        cluster.changing = False

    def put_back(self, savepoint: Savepoint, targets: Mapping[str, int]) -> Generator[None]:
        """Slots and tables, these to the snapshots in `targets`; raises `Refused` or `SlotLost`."""
        if self._around.postgres:
            slots.put_back(self._around.postgres, savepoint.slots)
        for table, at in savepoint.tables.items():
            lost = restore(self._around.s3, at.pending)
            if lost:
                raise Refused(f"{table}: files that belong to the savepoint are gone for good: {lost[0]}")
        current = self._tables.current()
        snapshots = {table: snapshot for table, snapshot in targets.items() if snapshot != current[table]}
        if snapshots:
            yield from _run(self._cluster.containers.roll_back(snapshots))

    def go_back(self, stopped: Savepoint) -> Generator[None]:
        """To where the job was when it was stopped."""
        targets = {table: at.snapshot for table, at in stopped.tables.items() if at.snapshot is not None}
        yield from self.put_back(stopped, targets)
        yield from self.start(self._cluster, stopped.path)

    def gaps(self) -> Generator[None, None, Mapping[str, float]]:
        deadline = time.monotonic() + _COMMIT_SECONDS
        while len(found := self._tables.gaps()) < len(self._cluster.definition.tables):
            if time.monotonic() > deadline:
                break
            yield
        return found

    def _without_standbys(self) -> Generator[None, None, list[Process]]:
        """Else one would lead as soon as the job has ended, and start it from nothing."""
        standbys = self._cluster.jobmanagers[1:]
        for standby in standbys:
            self._cluster.jobmanagers.remove(standby)
            standby.stop(grace_seconds=1)
        yield from until(self._cluster.rest.all_tasks_running, "the job does not run", savepoints.SECONDS)
        return standbys


class _Tables:
    """When those of a job were last written before a stop, and first after it."""

    def __init__(self, lake: Lake, names: Iterable[str]) -> None:
        self._lake = lake
        self._names = [TableName(*name.split(".", 1)) for name in names]
        self._before: dict[str, set[int]] = {}
        self._last: dict[str, float] = {}

    def current(self) -> dict[str, int | None]:
        return {str(name): self._lake.table(name).current_snapshot for name in self._names}

    def remember_last(self) -> None:
        for name in self._names:
            commits = self._commits(name)
            self._before[str(name)] = set(commits)
            if commits:
                self._last[str(name)] = max(commits.values())

    def gaps(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for name in self._names:
            new = [at for id_, at in self._commits(name).items() if id_ not in self._before[str(name)]]
            if new and str(name) in self._last:
                found[str(name)] = min(new) - self._last[str(name)]
        return found

    def _commits(self, name: TableName) -> dict[int, float]:
        """Of those with rows in them, when they were made."""
        snapshots = self._lake.table(name).snapshots.values()
        return {
            each["snapshot-id"]: each["timestamp-ms"] / 1000
            for each in snapshots
            if any(key.startswith(("added-", "deleted-", "removed-")) for key in each["summary"])
        }


def _run(process: Process) -> Generator[None]:
    process.start()
    deadline = time.monotonic() + _ROLL_BACK_SECONDS
    while process.alive and time.monotonic() < deadline:
        yield
    code = process.exit_code
    process.stop(grace_seconds=1)
    if code != 0:
        raise ProcessFailed(process, f"ended with exit code {code}" if code is not None else "did not come to its end")
