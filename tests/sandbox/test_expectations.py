"""Queries of expectations over tables that are really there, and the way back to the last good snapshot."""

from collections.abc import Iterator
from typing import Any

import pytest

from infra.job_manifest import Write
from infra.jobs import LakeTable
from sandbox.addresses import Aws
from sandbox.athena.engine import Athena
from sandbox.aws.local import aws_client, start_aws
from sandbox.expectations import Snapshot, answers, before_breach, last_good, look_at, snapshots
from tests.sandbox.iceberg_writer import UpsertTable

NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC
SECOND = 1000


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with start_aws(region="eu-west-1") as running:
        where: Any = {"LocationConstraint": "eu-west-1"}
        aws_client(running.address, "s3").create_bucket(Bucket="lake", CreateBucketConfiguration=where)
        aws_client(running.address, "glue").create_database(DatabaseInput={"Name": "db"})
        yield running.address


@pytest.fixture(scope="module")
def athena(aws: Aws) -> Iterator[Athena]:
    with Athena(aws) as athena:
        yield athena


def promised(name: str, expectations: dict[str, Any]) -> LakeTable:
    write = {"table": f"orders.{name}", "key": ["id"], "freshness": "30s", "expectations": expectations}
    return LakeTable("db", name, Write.model_validate(write))


def violations(athena: Athena, table: LakeTable) -> dict[str, tuple[int, str | None]]:
    finding = look_at(athena, table)
    assert finding is not None
    return {each.expectation: (each.violations, each.sample) for each in finding.answers}


@pytest.fixture(scope="module")
def spoilt(aws: Aws) -> Iterator[UpsertTable]:
    """Three good rows; then a NULL, a duplicate and an unexpected name; a good row is replaced by itself."""
    table = UpsertTable(aws, "lake", "db", "spoilt")
    table.commit(["(1, 'ada', 1, NULL)", "(2, 'o''brien', 2, NULL)", "(3, '𠮷\\田', 3, NULL)"], at_millis=NOON)
    table.commit(["(2, 'o''brien', 2, NULL)"], delete_ids=[2], at_millis=NOON + SECOND)
    rows = ["(4, NULL, NULL, NULL)", "(5, 'eve', 5, NULL)", "(5, 'eve', 5, NULL)", "(5, 'eve', 5, NULL)"]
    table.commit(rows, at_millis=NOON + 2 * SECOND)
    yield table
    table.close()


EVERYTHING: dict[str, Any] = {
    "not_null": ["id", "name"],
    "unique": True,
    "accepted_values": {"name": ["ada", "o'brien", "𠮷\\田"]},
    "row_count": {"min": 3, "drift": "20%", "within": "1s"},
}


@pytest.mark.usefixtures("spoilt")
def test_each_is_broken_by_what_breaks_it(athena: Athena) -> None:
    assert violations(athena, promised("spoilt", EVERYTHING)) == {
        "not_null(id)": (0, None),
        "not_null(name)": (1, "4"),
        "unique(id)": (2, "5"),
        "accepted_values(name)": (3, "eve"),
        "row_count(min)": (0, "7 rows"),
        "row_count(drift)": (4, "7 rows, 3 before"),
    }


@pytest.mark.usefixtures("spoilt")
def test_without_a_unique_key_nothing_is_grouped(athena: Athena) -> None:
    expectations = {"not_null": ["total"], "row_count": {"min": 10}}
    assert violations(athena, promised("spoilt", expectations)) == {
        "not_null(total)": (1, "4"),
        "row_count(min)": (3, "7 rows"),
    }


@pytest.mark.usefixtures("spoilt")
def test_rows_may_be_alike_in_one_column_of_several(athena: Athena) -> None:
    assert violations(athena, promised("spoilt", {"unique": ["name", "total"]})) == {
        "unique(name, total)": (2, "eve, 5.00")
    }


@pytest.mark.usefixtures("spoilt")
def test_what_a_value_holds_is_never_taken_for_sql(athena: Athena) -> None:
    nasty = ["'", "''", "'); DROP TABLE t; --", "{}", "\\", "ada"]
    assert violations(athena, promised("spoilt", {"accepted_values": {"name": nasty}})) == {
        "accepted_values(name)": (5, "eve")
    }


@pytest.mark.usefixtures("spoilt")
def test_the_last_good_snapshot_is_the_one_before_the_breach(athena: Athena) -> None:
    table = promised("spoilt", EVERYTHING)
    newest, second, first = snapshots(athena, table)
    assert last_good(athena, table) == second
    assert (newest.earlier_id, second.earlier_id, first.earlier_id) == (second.id, first.id, first.id)
    assert all(each.held for each in answers(athena, table, second))


def test_before_the_first_commit_there_is_nothing_to_say(aws: Aws, athena: Athena) -> None:
    table = UpsertTable(aws, "lake", "db", "empty")
    assert look_at(athena, promised("empty", EVERYTHING)) is None
    table.close()


def test_a_table_that_had_no_rows_does_not_drift(aws: Aws, athena: Athena) -> None:
    table = UpsertTable(aws, "lake", "db", "young")
    table.commit(["(1, 'ada', 1, NULL)"], delete_positions=[0], at_millis=NOON)
    table.commit(["(1, 'ada', 1, NULL)", "(2, 'bob', 1, NULL)"], at_millis=NOON + SECOND)
    drift = promised("young", {"row_count": {"drift": "1%", "within": "1s"}})
    assert violations(athena, drift) == {"row_count(drift)": (0, "2 rows, 0 before")}
    table.close()


def known(count: int) -> list[Snapshot]:
    """The newest first, by which each is called 0."""
    return [Snapshot(number, None, number) for number in range(count)]  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("count", [2, 3, 10, 1000, 8640])
def test_the_way_back_is_short_and_ends_where_it_broke(count: int) -> None:
    for since in {1, 2, 3, count // 2, count - 1} & set(range(1, count)):
        looks: list[int] = []

        def good(snapshot: Snapshot, since: int = since, looks: list[int] = looks) -> bool:
            looks.append(snapshot.id)
            return snapshot.id >= since

        found = before_breach(known(count), good)
        assert found is not None and found.id == since
        assert len(looks) <= 2 * count.bit_length()


def test_where_everything_is_broken_there_is_no_good_one() -> None:
    for count in (1, 2, 9):
        assert before_breach(known(count), lambda snapshot: snapshot.id < 0) is None


def test_a_good_one_that_was_broken_before_is_still_found() -> None:
    """Broken, good, broken: of two ends of a good time the newer one is where a look back comes first."""
    found = before_breach(known(100), lambda snapshot: 4 <= snapshot.id < 60)
    assert found is not None and found.id == 4
