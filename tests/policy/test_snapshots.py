import pytest

from tests.policy.given import UNKNOWN, Given, findings

RULE = "inexact-first-snapshot"
OURS = "'debezium.snapshot.mode' = 'custom', 'debezium.snapshot.custom.class' = 'lakehouse.cdc.FreshSlotSnapshotter'"
INCREMENTAL = "'scan.incremental.snapshot.enabled' = 'true'"
SKIP = "'scan.incremental.snapshot.backfill.skip' = 'true'"


def script(*options: str, connector: str = "postgres-cdc") -> Given:
    """A table with these options, between others that are none of the rule's business."""
    text = f"""
CREATE TEMPORARY TABLE orders (id INT) WITH ('connector' = 'mysql-cdc', 'table-name' = 'orders');
-- CREATE TABLE gone (id INT) WITH ('connector' = 'postgres-cdc');
create temporary table `shipments` (
  id INT, -- whose 'connector' = 'x'
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  {", ".join([f"'connector' = '{connector}'", "'slot.name' = '${shipdb.slot.shipments}'", *options])}
);
CREATE TABLE IF NOT EXISTS lake.`d`.t (id INT) WITH ('format-version' = '2');
INSERT INTO lake.`d`.t SELECT id FROM shipments;
"""
    return Given("kubernetes:core/v1:ConfigMap", "orders-script", {"data": {"job.sql": text}})


@pytest.mark.parametrize(
    "given",
    [
        script(OURS),
        script("'debezium.snapshot.mode' = 'never'"),
        script(INCREMENTAL, SKIP, "'changelog-mode' = 'upsert'"),
        script(connector="mysql-cdc"),
        Given("kubernetes:core/v1:ConfigMap", "c", {"data": UNKNOWN}),
        Given("kubernetes:core/v1:ConfigMap", "c", {"data": {"job.sql": UNKNOWN}}),
    ],
)
def test_what_fits_passes(given: Given) -> None:
    assert findings(RULE, given) == []


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("'debezium.snapshot.mode' = 'initial'",),
        (OURS.replace("custom', ", "initial', "),),
        (INCREMENTAL.replace("true", "false"),),
    ],
)
def test_debeziums_own_snapshot_is_found(options: tuple[str, ...]) -> None:
    (message,) = findings(RULE, script(*options))
    assert "The table shipments in this ConfigMap" in message
    assert "stay in the lake for ever" in message
    assert OURS in message


@pytest.mark.parametrize("options", [(), (SKIP,), ("'changelog-mode' = 'upsert'",), (OURS,)])
def test_an_incremental_snapshot_is_found(options: tuple[str, ...]) -> None:
    (message,) = findings(RULE, script(INCREMENTAL, *options))
    assert "a transaction wrote that is open while they are read is lost" in message
    assert SKIP in message
