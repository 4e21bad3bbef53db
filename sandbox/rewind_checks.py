"""Whether a job can go back to a savepoint: all that is known before anything is touched."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.around import Around
from sandbox.athena.tables import Table, TableName
from sandbox.databases import slots
from sandbox.flink.cluster import FlinkCluster
from sandbox.flink.commits import JOB_ID
from sandbox.flink.rest import Refused
from sandbox.flink.savepoints import checkpoint_of
from sandbox.savepoints import Savepoint, TableAt


def find(job: str, to: str, known: Sequence[Savepoint], s3: Any) -> Savepoint:
    """The savepoint that is meant, by its path or the last part of it; raises `Refused` in words for who asked."""
    wanted = to.rstrip("/").removesuffix("/_metadata")
    found = next((each for each in known if wanted in (each.path, each.name)), None)
    if found is None:
        hint = "'lakehouse savepoint --list' shows those that it can"
        if not wanted.startswith("s3://") or checkpoint_of(s3, wanted) is None:
            raise Refused(f"{to} is no savepoint; {hint}")
        raise Refused(
            f"{to} is a savepoint that this sandbox did not take: it does not know which snapshots of the tables and "
            f"which position in PostgreSQL belong to it;\n{hint}"
        )
    if found.job != job:
        raise Refused(f"{found.name} is a savepoint of {found.job}, not of {job}")
    if checkpoint_of(s3, found.path) is None:
        raise Refused(f"the files of {found.path} are gone")
    return found


def check(cluster: FlinkCluster, savepoint: Savepoint, around: Around, runs: frozenset[str]) -> dict[str, int]:
    """Raise `Refused` or `SlotLost` for what would be skipped or doubled; gives the snapshot that each table goes back
    to, of those that have one. `runs`: Flink's ids of the job so far."""
    manifest = cluster.definition.job.manifest
    for what, names in (("files", manifest.files), ("tables of other catalogs", manifest.catalogs)):
        if names:
            raise Refused(f"it writes {what} ({', '.join(names)}) too, which a rewind can't take back")
    if set(savepoint.tables) != set(cluster.definition.tables):
        raise Refused(
            f"it wrote {', '.join(savepoint.tables)} at the savepoint, and now {', '.join(cluster.definition.tables)}; "
            "a rewind needs the same tables"
        )
    lake = around.lake
    targets = {name: _target(lake.table(TableName(*name.split(".", 1))), at) for name, at in savepoint.tables.items()}
    found = {name: target for name, target in targets.items() if target is not None}
    for name, target in found.items():
        _check_table(lake.table(TableName(*name.split(".", 1))), target, runs)
    if around.postgres:
        slots.check(around.postgres, savepoint.slots)
    return found


def _target(table: Table, at: TableAt) -> int | None:
    """Of a table that had no snapshot, the first one, if that is an empty commit; None while it has none yet."""
    chain = table.ancestors()
    if at.snapshot is not None or not chain:
        return at.snapshot
    totals = table.snapshots[chain[-1]]["summary"]
    if at.pending or any(totals.get(total) != "0" for total in ("total-data-files", "total-delete-files")):
        raise Refused(
            f"{table.name} had no snapshot yet at the savepoint, and nothing makes it empty again; to begin anew, "
            "start another sandbox"
        )
    return chain[-1]


def _check_table(table: Table, snapshot: int, runs: frozenset[str]) -> None:
    if snapshot not in table.snapshots:
        raise Refused(
            f"{table.name}: the snapshot {snapshot} of the savepoint has expired: the savepoint is older than what the "
            "table keeps"
        )
    chain = table.ancestors()
    if snapshot not in chain:
        raise Refused(
            f"{table.name}: the snapshot {snapshot} of the savepoint is no ancestor of the current one: somebody "
            "rolled the table back, or replaced it, since"
        )
    for later in chain[: chain.index(snapshot)]:
        _check_own(table, later, table.snapshots[later]["summary"], runs)


def _check_own(table: Table, snapshot: int, summary: Mapping[str, Any], runs: frozenset[str]) -> None:
    # Compaction changes no row, so that what it did may go.
    if summary["operation"] != "replace" and summary.get(JOB_ID) not in runs:
        raise Refused(
            f"{table.name}: somebody else wrote to it since the savepoint, which a rewind would undo "
            f"(snapshot {snapshot}, {summary['operation']})"
        )
