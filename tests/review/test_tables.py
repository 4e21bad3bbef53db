from review.tables import TableChange, table_changes
from review.values import PLACEHOLDER as UNKNOWN
from tests.review.given import Document, job_varied, preview, varied

LAKE = "iceberg_orders_dev.enriched_orders_lake"


def test_a_new_job_makes_a_table() -> None:
    assert table_changes(preview("new-job")) == [
        TableChange("iceberg_orders_dev.second_lake", "is new: `second` writes it, one row for each `(order_id)`")
    ]


def test_a_changed_key_does_not_fit_the_table() -> None:
    (found,) = table_changes(preview("table-key"))
    assert (found.name, found.is_wrong) == (LAKE, True)
    assert found.what.startswith("**has another key**: `(order_id)` → `(order_id, product_id)`; ")


def test_a_deleted_job_leaves_its_table() -> None:
    (found,) = table_changes(preview("deleted-job"))
    assert (found.name, found.is_wrong) == (LAKE, False)
    assert found.what.startswith("**is no longer written**: `enriched-orders` did; ")


def test_a_renamed_database_is_another_table() -> None:
    old, new = table_changes(preview("replaced-database"))
    assert (old.name, "no longer written" in old.what) == (LAKE, True)
    assert (new.name, "is new" in new.what) == ("iceberg_orders_new.enriched_orders_lake", True)


def writes(found: Document, table: str, *, state: str = "newState", job: str = "second") -> None:
    (step,) = (each for each in found["steps"] if each["urn"].endswith(f":FlinkDeployment::{job}"))
    step[state]["inputs"]["spec"]["job"]["args"] = ["job.sql", "--writes", f"lake.{table}"]


def test_two_writers_are_found_also_when_one_of_them_does_not_change() -> None:
    (found,) = table_changes(varied("new-job", lambda found: writes(found, f"{LAKE}=order_id")))
    assert (found.name, found.is_wrong) == (LAKE, True)
    assert found.what == ("**is written by two jobs**: `enriched-orders` and `second`: each replaces the other's rows")


def test_a_table_may_go_to_another_job() -> None:
    def hand_over(found: Document) -> None:
        writes(found, f"{LAKE}=order_id")
        writes(found, "iceberg_orders_dev.other=order_id", job="enriched-orders")

    told = {table.name: table.what for table in table_changes(varied("new-job", hand_over))}
    assert told[LAKE] == "is written by `second` instead of `enriched-orders`"


def test_what_a_job_will_write_may_be_unknown() -> None:
    (_, found) = sorted(
        table_changes(
            job_varied("parallelism", lambda _, new: new["job"].update(args=["job.sql", "--writes", UNKNOWN]))
        ),
        key=lambda table: table.name,
    )
    assert found == TableChange("unknown", "what `enriched-orders` will write is known only once it is deployed")


def test_a_restart_touches_no_table() -> None:
    assert table_changes(preview("parallelism")) == []
    assert table_changes(preview("nothing")) == []
