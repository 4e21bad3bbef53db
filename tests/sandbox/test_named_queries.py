"""The queries that teams find in Athena, run as they stand against a table written as Flink writes it."""

import time
from collections.abc import Iterator

import pytest

from infra.job_manifest import Write
from infra.jobs import LakeTable
from infra.named_queries import queries_of
from sandbox.addresses import Aws
from sandbox.athena.engine import Athena, Result
from sandbox.aws.local import aws_client, start_aws
from tests.sandbox.iceberg_writer import UpsertTable

TABLE = LakeTable("iceberg_orders", "orders", Write(table="orders.orders", key=["id"], freshness="1 min"))
_HOUR = 3_600_000


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with start_aws(region="eu-central-1") as running:
        aws = running.address
        aws_client(aws, "s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        aws_client(aws, "glue").create_database(DatabaseInput={"Name": "iceberg_orders"})
        yield aws


@pytest.fixture(scope="module")
def answers(aws: Aws) -> dict[str, Result]:
    """One order two hours ago, changed half an hour ago, joined by another a minute ago."""
    now = time.time_ns() // 1_000_000
    table = UpsertTable(aws, "lake", "iceberg_orders", "orders")
    table.commit(["(1, 'ada', 10, NULL)"], at_millis=now - 2 * _HOUR)
    table.commit(["(1, 'ada', 12, NULL)"], delete_ids=[1], at_millis=now - _HOUR // 2)
    table.commit(["(2, 'bob', 7, NULL)"], at_millis=now - 60_000)
    table.close()
    with Athena(aws) as athena:
        return {query.title: athena.query(query.sql) for query in queries_of(TABLE)}


def test_select_gives_the_rows_of_now(answers: dict[str, Result]) -> None:
    assert sorted((row["id"], row["total"]) for row in answers["select"].dicts()) == [(1, 12), (2, 7)]


def test_time_travel_gives_the_rows_of_ten_minutes_ago(answers: dict[str, Result]) -> None:
    assert [(row["id"], row["total"]) for row in answers["time travel"].dicts()] == [(1, 12)]


def test_history_gives_every_state_the_newest_first(answers: dict[str, Result]) -> None:
    assert answers["history"].columns == ("made_current_at", "snapshot_id", "is_current_ancestor")
    assert [row["snapshot_id"] for row in answers["history"].dicts()] == [1000000000003, 1000000000002, 1000000000001]


def test_freshness_gives_the_seconds_since_the_last_commit_beside_the_objective(answers: dict[str, Result]) -> None:
    (row,) = answers["freshness"].dicts()
    age = row["seconds_since_last_commit"]
    assert isinstance(age, int)
    assert 60 <= age < 120
    assert row["objective_seconds"] == 60


def test_a_compaction_makes_nothing_fresher(aws: Aws) -> None:
    now = time.time_ns() // 1_000_000
    compacted = LakeTable("iceberg_orders", "compacted", TABLE.write)
    table = UpsertTable(aws, "lake", "iceberg_orders", "compacted")
    table.commit(["(1, 'ada', 10, NULL)"], at_millis=now - _HOUR)
    table.commit(["(1, 'ada', 10, NULL)"], delete_ids=[1], at_millis=now - 1_000, operation="replace")
    table.close()
    (freshness,) = [query for query in queries_of(compacted) if query.title == "freshness"]
    with Athena(aws) as athena:
        ((age, _),) = athena.query(freshness.sql).rows
    assert isinstance(age, int)
    assert age >= 3600
