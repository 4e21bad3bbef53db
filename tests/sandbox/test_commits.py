"""The commits of a real Iceberg table, watched and read: who wrote what, what deletes took away, and when."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client, start_aws
from sandbox.demo.commits import CommitWatcher, Sighting, WatchFailed, as_commits, read_json
from sandbox.demo.manifests import Snapshot
from sandbox.demo.snapshots import Effects, read_effects
from tests.sandbox.iceberg_writer import UpsertTable


@pytest.fixture
def aws() -> Iterator[Aws]:
    with start_aws() as local:
        aws_client(local.address, "s3").create_bucket(Bucket="lake")
        aws_client(local.address, "glue").create_database(DatabaseInput={"Name": "orders"})
        yield local.address


@pytest.fixture
def table(aws: Aws) -> Iterator[UpsertTable]:
    made = UpsertTable(aws, "lake", "orders", "facts")
    yield made
    made.close()


def order(id: int, name: str) -> str:
    return f"({id}, '{name}', 1.5, NULL)"


def effects(table: UpsertTable, keys: list[int]) -> list[tuple[int, dict[int, str | None], int]]:
    """By commit: the names of the watched rows that it touched, and the table's rows."""
    found = read_effects(table.aws, [Snapshot.of(each) for each in table.snapshots], keys, key="id")
    return [
        (
            each.sequence,
            {key: None if row is None else str(row["name"]) for key, row in each.rows.items()},
            each.total_rows,
        )
        for each in found
    ]


def test_each_commit_has_its_rows_its_deletions_and_the_count_after_it(table: UpsertTable) -> None:
    table.commit([order(1, "a"), order(2, "b"), order(3, "c")], at_millis=1)
    table.commit([order(2, "B")], delete_ids=[2], at_millis=2)
    table.commit([order(4, "d")], delete_ids=[1, 4], at_millis=3)
    assert effects(table, [1, 2, 4]) == [
        (1, {1: "a", 2: "b"}, 3),
        (2, {2: "B"}, 3),
        (3, {1: None, 4: "d"}, 3),
    ]


def test_a_row_outdone_in_its_own_commit_does_not_count(table: UpsertTable) -> None:
    table.commit([order(1, "first"), order(1, "second"), order(2, "gone")], delete_positions=[0, 2], at_millis=1)
    assert effects(table, [1, 2]) == [(1, {1: "second", 2: None}, 1)]


def test_a_deletion_of_a_row_that_never_was_touches_it_and_counts_nothing(table: UpsertTable) -> None:
    table.commit([order(1, "a")], delete_ids=[1, 9], at_millis=1)
    assert effects(table, [1, 9]) == [(1, {1: "a", 9: None}, 1)]


def test_no_keys_and_no_snapshots(table: UpsertTable) -> None:
    assert effects(table, []) == []
    table.commit([order(1, "a")], at_millis=1)
    assert effects(table, []) == [(1, {}, 1)]


def test_a_rewrite_has_no_effect_of_its_own(table: UpsertTable) -> None:
    table.commit([order(1, "a"), order(2, "b")], at_millis=1)
    table.commit([order(2, "B")], delete_ids=[1, 2], at_millis=2)
    # Compaction of what the first commit left: the second one's deletions still apply to its file.
    table.commit([order(1, "a"), order(2, "b")], at_millis=3)
    table.snapshots[2]["summary"]["operation"] = "replace"
    table.commit([order(2, "last")], delete_ids=[2], at_millis=4)
    assert effects(table, [1, 2]) == [
        (1, {1: "a", 2: "b"}, 2),
        (2, {1: None, 2: "B"}, 1),
        (4, {2: "last"}, 1),
    ]


def test_files_that_a_later_snapshot_removed_are_still_read(table: UpsertTable) -> None:
    table.commit([order(1, "a")], at_millis=1)
    table.manifests.clear()
    table.commit([order(1, "a")], at_millis=2)
    table.snapshots[1]["summary"] |= {"operation": "replace", "deleted-data-files": "1"}
    assert effects(table, [1]) == [(1, {1: "a"}, 1)]


def test_moments_with_a_zone_are_read_as_utc(table: UpsertTable) -> None:
    table.commit(["(1, 'a', 1.5, TIMESTAMPTZ '2025-01-01 10:00:00+02')"], at_millis=1)
    (found,) = read_effects(table.aws, [Snapshot.of(table.snapshots[0])], [1], key="id")
    row = found.rows[1]
    assert row is not None
    assert str(row["at"]) == "2025-01-01 08:00:00"


def test_the_watcher_waits_for_the_table_and_sees_each_commit(aws: Aws) -> None:
    began = time.time()
    with CommitWatcher(aws, "orders", "facts", interval=0.01) as watcher:
        assert watcher.commits([1]) == []
        table = UpsertTable(aws, "lake", "orders", "facts")
        for number in (1, 2):
            table.commit([order(1, str(number))], delete_ids=[1], at_millis=number)
            wait_until(lambda expected=number: bool(watcher.sightings) and watcher.sightings[-1].sequence == expected)
        table.close()
    first, second = watcher.commits([1], key="id")
    assert began < first.seen_at < second.seen_at < time.time()
    assert [row and row["name"] for row in (first.rows[1], second.rows[1])] == ["1", "2"]
    assert [first.total_rows, second.total_rows] == [1, 1]


def test_snapshots_that_the_table_has_expired_are_remembered(aws: Aws, table: UpsertTable) -> None:
    with CommitWatcher(aws, "orders", "facts", interval=0.01) as watcher:
        for number in (1, 2):
            table.commit([order(number, "a")], at_millis=number)
            wait_until(lambda expected=number: bool(watcher.sightings) and watcher.sightings[-1].sequence == expected)
        expire_first_snapshot(aws, watcher.sightings[-1].metadata_location)
        wait_until(lambda: watcher.sightings[-1].metadata_location.endswith("/expired.metadata.json"))
    assert [commit.total_rows for commit in watcher.commits([], key="id")] == [1, 2]


def test_a_watcher_that_can_read_nothing_gives_up_and_says_so(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.demo.commits._PATIENCE_SECONDS", 0.1)
    aws_client(aws, "glue").create_table(
        DatabaseName="orders", TableInput={"Name": "facts", "Parameters": {"metadata_location": "s3://lake/nowhere"}}
    )
    watcher = CommitWatcher(aws, "orders", "facts", interval=0.01).start()
    time.sleep(1)
    with pytest.raises(WatchFailed, match=r"orders\.facts could not be watched: .*NoSuchKey"):
        watcher.stop()


def test_a_commit_that_was_not_seen_itself_counts_from_the_next_sighting() -> None:
    sightings = [Sighting("s3://lake/1.json", 1, 10.0), Sighting("s3://lake/3.json", 3, 12.0)]
    commits = as_commits([Effects(number, {}, number) for number in (1, 2, 3, 4)], sightings)
    assert [(commit.sequence, commit.seen_at) for commit in commits] == [(1, 10.0), (2, 12.0), (3, 12.0)]


def wait_until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not ready():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def expire_first_snapshot(aws: Aws, location: str) -> None:
    s3, glue = aws_client(aws, "s3"), aws_client(aws, "glue")
    metadata = read_json(s3, location)
    expired = json.dumps({**metadata, "snapshots": metadata["snapshots"][1:]})
    s3.put_object(Bucket="lake", Key="expired.metadata.json", Body=expired.encode())
    entry = {"Name": "facts", "Parameters": {"metadata_location": "s3://lake/expired.metadata.json"}}
    version = glue.get_table(DatabaseName="orders", Name="facts")["Table"].get("VersionId", "")
    glue.update_table(DatabaseName="orders", TableInput=entry, VersionId=version)  # pyright: ignore[reportArgumentType]
