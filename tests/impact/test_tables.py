from typing import Any

import pytest

from impact.tables import Change, TableVerdict, table_verdicts
from infra.plan_lock import LockedColumn
from tests.impact.made import MANIFEST, TABLE, job, lock, project

ID = LockedColumn(name="id", type="INT", nullable=False)
TOTAL = LockedColumn(name="total", type="DECIMAL(10, 2)", nullable=True)


def verdict(*columns: LockedColumn, contract: int = 1, **write: Any) -> TableVerdict:
    writes = [{**MANIFEST["writes"][0], **write}]
    after = job(manifest=MANIFEST | {"writes": writes}, lock=lock(columns=list(columns) or None))
    (found,) = table_verdicts(project(job()), project(after, contract=contract))
    return found


def test_the_same_table_is_unchanged() -> None:
    assert verdict() == TableVerdict(TABLE, Change.UNCHANGED, ())


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([ID, TOTAL, LockedColumn(name="city", type="STRING", nullable=True)], "the column city (STRING) is new"),
        ([ID.model_copy(update={"type": "BIGINT"}), TOTAL], "the column id is widened from INT to BIGINT"),
        ([ID, TOTAL.model_copy(update={"type": "DECIMAL(12, 2)"})], "the column total is widened"),
        ([ID, TOTAL.model_copy(update={"nullable": False})], "the column total is never null from now on"),
        ([ID, TOTAL.model_copy(update={"description": "…"})], "the column total is described otherwise"),
    ],
)
def test_what_every_query_survives_is_compatible(columns: list[LockedColumn], said: str) -> None:
    found = verdict(*columns)
    assert (found.change, found.fails) == (Change.COMPATIBLE, False)
    assert said in found.reasons[0]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([ID], "the column total is gone"),
        ([ID, TOTAL.model_copy(update={"name": "sum"})], "the column total is gone"),
        ([ID, TOTAL.model_copy(update={"type": "DECIMAL(10, 3)"})], "the column total is DECIMAL(10, 3)"),
        ([ID, TOTAL.model_copy(update={"type": "STRING"})], "the column total is STRING, and was DECIMAL(10, 2)"),
        ([ID.model_copy(update={"nullable": True}), TOTAL], "the column id may be null, and was never"),
    ],
)
def test_what_a_query_may_fail_of_is_breaking(columns: list[LockedColumn], said: str) -> None:
    found = verdict(*columns)
    assert (found.change, found.fails) == (Change.BREAKING, True)
    assert said in found.reasons[0]


def test_a_breaking_change_that_the_contracts_major_version_announces_does_not_fail() -> None:
    found = verdict(ID, contract=2)
    assert (found.change, found.announced, found.fails) == (Change.BREAKING, True, False)


def test_another_key_is_breaking_and_a_weaker_promise_is_told() -> None:
    assert verdict(key=["id", "total"]).reasons == ("its key is (id, total), and was (id)",)
    slower = verdict(freshness="1h")
    assert (slower.change, slower.reasons[1]) == (Change.COMPATIBLE, "it promises less than before")


def test_a_table_that_nobody_writes_any_more_is_breaking_and_one_that_another_job_writes_is_not() -> None:
    (gone,) = table_verdicts(project(job()), project())
    assert (gone.change, gone.fails) == (Change.BREAKING, True)
    (moved,) = table_verdicts(project(job()), project(job(name="other")))
    assert (moved.change, moved.reasons) == (Change.COMPATIBLE, ("jobs/other writes it, and jobs/join did",))
    (new,) = table_verdicts(project(), project(job()))
    assert new.change is Change.NEW


def test_another_name_in_glue_is_breaking() -> None:
    renamed = {**project().settings, "databases": {"orders": {"name": "lake_orders"}}}
    (found,) = table_verdicts(project(job()), project(job(), settings=renamed))
    assert found.reasons == ("it is called lake_orders in Glue, and was iceberg_orders",)


def test_without_a_plan_its_columns_are_unknown() -> None:
    (found,) = table_verdicts(project(job(lock=None, problem="it has no plan.lock.json")), project(job()))
    assert (found.change, found.reasons) == (Change.UNKNOWN, ("jobs/join: it has no plan.lock.json",))
