"""First snapshots of PostgreSQL's tables, which must fit the changes that follow."""

from collections.abc import Iterator, Mapping

from policy import flink
from policy.resources import Resource
from policy.rules import Finding, ResourceRule

_SNAPSHOTTER = "lakehouse.cdc.FreshSlotSnapshotter"
_EXACT = f"give it 'debezium.snapshot.mode' = 'custom', 'debezium.snapshot.custom.class' = '{_SNAPSHOTTER}'"
_MEASURED = '(docs/connectors.md, "PostgreSQL\'s first snapshot")'


def _fits(resource: Resource) -> Iterator[Finding]:
    for table in flink.script_tables(resource):
        if table.options.get("connector") != "postgres-cdc":
            continue
        if table.options.get("scan.incremental.snapshot.enabled", "").lower() == "true":
            yield from _incremental(table.name, table.options)
        elif _snapshotter(table.options) not in (_SNAPSHOTTER, "never"):
            yield Finding(
                f"The table {table.name} in this ConfigMap reads PostgreSQL with Debezium's own first snapshot",
                "after a failure before the first checkpoint it is taken again beside the slot that is there. What is "
                "committed meanwhile then comes twice, and rows that are deleted later stay in the lake for ever "
                f"{_MEASURED}",
                _EXACT,
            )


def _snapshotter(options: Mapping[str, str]) -> str | None:
    mode = options.get("debezium.snapshot.mode")
    return options.get("debezium.snapshot.custom.class") if mode == "custom" else mode


def _incremental(name: str, options: Mapping[str, str]) -> Iterator[Finding]:
    skips = options.get("scan.incremental.snapshot.backfill.skip", "").lower() == "true"
    if not skips or options.get("changelog-mode") != "upsert":
        yield Finding(
            f"The table {name} in this ConfigMap reads PostgreSQL with an incremental snapshot",
            "it tells by a change's own position in the log, and not by its commit's, whether the rows have it "
            "already: what a transaction wrote that is open while they are read is lost. Without backfill it comes, "
            f"but twice where the rows have it {_MEASURED}",
            f"{_EXACT} and remove 'scan.incremental.snapshot.enabled'; or, where a table is too large for that, add "
            "'scan.incremental.snapshot.backfill.skip' = 'true' and 'changelog-mode' = 'upsert', with the table's "
            "own primary key",
        )


RULES = (
    ResourceRule(
        "inexact-first-snapshot",
        "A script reads PostgreSQL with a first snapshot that fits the changes which follow it.",
        _fits,
    ),
)
