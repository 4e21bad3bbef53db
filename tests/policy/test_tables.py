from collections.abc import Sequence
from typing import Any

from tests.policy.given import JOB, UNKNOWN, Given, database, findings, job

OPTIMIZERS = "upsert-table-without-optimizers"
PLACES = "two-tables-in-one-location"
KINDS = ("compaction", "retention", "orphan_file_deletion")


def optimizers(
    table: str = "orders", *, db: str = "sales", kinds: Sequence[str] = KINDS, enabled: Any = True
) -> list[Given]:
    return [
        Given(
            "aws:glue/catalogTableOptimizer:CatalogTableOptimizer",
            f"{table}-{index}",
            {"databaseName": db, "tableName": table, "type": kind, "configuration": {"enabled": enabled}},
        )
        for index, kind in enumerate(kinds)
    ]


def table(name: str, location: str, *, db: str = "sales") -> Given:
    inputs = {"name": name, "databaseName": db, "storageDescriptor": {"location": location}}
    return Given("aws:glue/catalogTable:CatalogTable", name, inputs)


def test_a_table_with_its_three_optimizers_passes() -> None:
    assert findings(OPTIMIZERS, job(), *optimizers()) == []


def test_each_missing_optimizer_is_named() -> None:
    (message,) = findings(OPTIMIZERS, job(), *optimizers(kinds=["compaction"]))
    assert (
        "sales.orders of the job orders has no enabled optimizer of the type retention and none of orphan_file"
        in message
    )
    assert "compaction" not in message
    assert "CatalogTableOptimizer" in message


def test_an_optimizer_of_another_table_or_database_or_switched_off_does_not_count() -> None:
    assert len(findings(OPTIMIZERS, job(), *optimizers("shipments"))) == 1
    assert len(findings(OPTIMIZERS, job(), *optimizers(db="returns"))) == 1
    assert len(findings(OPTIMIZERS, job(), *optimizers(enabled=False))) == 1


def test_each_table_of_a_job_needs_its_own() -> None:
    two = job(writes=["lake.sales.orders=id", "lake.sales.shipments=id,part"])
    (message,) = findings(OPTIMIZERS, two, *optimizers())
    assert "sales.shipments" in message


def test_an_optimizer_of_which_the_table_is_unknown_may_be_the_one() -> None:
    assert findings(OPTIMIZERS, job(), *optimizers(UNKNOWN)) == []
    assert findings(OPTIMIZERS, job(), *optimizers(kinds=[UNKNOWN])) == []
    (message,) = findings(OPTIMIZERS, job(), *optimizers(UNKNOWN, kinds=["retention"]))
    assert "compaction" in message
    assert "type retention" not in message


def test_jobs_that_a_first_preview_shows_without_outputs_are_judged_by_their_inputs() -> None:
    assert len(findings(OPTIMIZERS, job(outputs={}))) == 1
    assert findings(OPTIMIZERS, job(outputs={}), *optimizers()) == []


def test_of_a_job_that_is_unknown_nothing_is_said() -> None:
    unknown = Given(JOB, "orders", {"spec": UNKNOWN, "metadata": UNKNOWN}, outputs={})
    assert findings(OPTIMIZERS, unknown) == []
    assert findings(PLACES, unknown, job("other")) == []


def test_tables_and_databases_with_places_of_their_own_pass() -> None:
    stack = [
        job(),
        job("shipments", writes=["lake.sales.shipments=id"]),
        database("sales", "s3://lake/sales"),
        # A longer name is another folder.
        database("sales2", "s3://lake/sales2/"),
        table("orders_archive", "s3://lake/sales/orders_archive"),
        table("orders", "s3://lake/sales/orders"),
    ]
    assert findings(PLACES, *stack) == []


def test_two_jobs_that_write_one_table_are_found() -> None:
    (message,) = findings(PLACES, job("a"), job("b", writes=["lake.sales.orders=another_key"]))
    assert "The jobs a and b both write the table sales.orders" in message
    assert "union both in one job" in message


def test_two_databases_in_one_location_are_found() -> None:
    (message,) = findings(PLACES, database("sales", "s3://lake/db"), database("returns", "s3a://lake/db/"))
    assert "Two databases" in message
    assert "location_uri of its own" in message


def test_a_database_within_another_is_found() -> None:
    for outer in ("s3://lake", "s3://lake/", "s3://lake/sales"):
        (message,) = findings(PLACES, database("returns", "s3://lake/sales/returns"), database("sales", outer))
        assert "returns in s3://lake/sales/returns" in message


def test_a_table_in_the_place_of_a_jobs_table_is_found() -> None:
    stack = [job(), database("sales", "s3://lake/sales"), table("copy", "s3://lake/sales/orders/")]
    (message,) = findings(PLACES, *stack)
    assert "sales.copy" in message
    assert "sales.orders" in message
    (message,) = findings(PLACES, job(), database("sales", "s3://lake/sales"), table("x", "s3://lake/sales/orders/old"))
    assert "sales.x in s3://lake/sales/orders/old" in message


def test_of_unknown_locations_nothing_is_said() -> None:
    stack = [database("sales", UNKNOWN), database("returns", UNKNOWN), table("orders", UNKNOWN), job(job=UNKNOWN)]
    assert findings(PLACES, *stack) == []
    both = [database("sales", "s3://lake/db"), database("returns", "s3://lake/db"), database("x", UNKNOWN)]
    assert len(findings(PLACES, *both)) == 1
