"""What is said of a table by its metadata."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from catalogue.measured import Commit, Freshness, commits, judge, measure, schemas
from tests.catalogue.given import NOW, every, field, metadata


def judged(*args: Any, objective: str = "30s", **kwargs: Any) -> Freshness:
    return of(every(*args, **kwargs), objective)


def of(times: list[datetime], objective: str = "30s") -> Freshness:
    return judge([Commit(time, True) for time in times], objective, now=NOW)


def test_commits_within_the_objective_meet_it() -> None:
    found = judged(1.5, 600, until=NOW - timedelta(seconds=2))
    assert (found.verdict, found.age, found.p95, found.commits) == ("met", 2, 1.5, 599)
    assert found.since == NOW - timedelta(seconds=2 + 599 * 1.5)


def test_commits_that_come_too_seldom_do_not() -> None:
    found = judged(31, 100)
    assert (found.verdict, found.p95) == ("not met", 31)
    assert "One commit in twenty" in found.why


def test_one_late_commit_in_a_hundred_is_within_a_95th_percentile() -> None:
    late = [*every(1, 100, until=NOW - timedelta(seconds=160)), *every(1, 100)]
    found = of(late)
    assert (found.verdict, found.p95) == ("met", 1)


def test_a_table_that_is_no_longer_committed_to_does_not_meet_it() -> None:
    found = judged(1, 600, until=NOW - timedelta(seconds=31))
    assert found.verdict == "not met"
    assert "last commit is older" in found.why


def test_only_the_last_hour_counts() -> None:
    bad_before = [*every(120, 50, until=NOW - timedelta(hours=1, seconds=30)), *every(1, 600)]
    assert of(bad_before).verdict == "met"


@pytest.mark.parametrize(
    ("times", "age", "verdict"),
    [([], None, "unknown"), ([10], 10, "unknown"), ([20, 10], 10, "unknown"), ([7200], 7200, "not met")],
)
def test_too_few_commits_tell_nothing_but_that_the_last_is_too_old(
    times: list[int], age: float | None, verdict: str
) -> None:
    found = of([NOW - timedelta(seconds=each) for each in times])
    assert (found.verdict, found.age, found.p95) == (verdict, age, None)


def test_compaction_makes_nothing_fresher() -> None:
    document = metadata(every(60, 3))
    document["snapshots"][-1]["summary"]["operation"] = "replace"
    assert [each.at for each in commits(document)] == every(60, 3)[:2]


def test_what_an_empty_commit_comes_after_has_kept_no_change_waiting() -> None:
    document = metadata(every(100, 9))
    for snapshot in document["snapshots"]:
        snapshot["summary"]["changed-partition-count"] = "0"
    found = judge(commits(document), "30s", now=NOW)
    assert (found.verdict, found.age, found.p95, found.commits) == ("unknown", 0, None, 0)
    assert found.why == "Too few changes in the last hour to tell."
    for snapshot in document["snapshots"][-2:]:
        snapshot["summary"]["changed-partition-count"] = "1"
    assert judge(commits(document), "30s", now=NOW).verdict == "not met"


def test_a_table_with_one_schema_has_a_history_of_one() -> None:
    (only,) = schemas(metadata(every(1, 4)))
    assert (only.id, only.current, only.changes, only.since) == (0, True, (), every(1, 4)[0])
    assert not only.oldest_known


def test_what_may_have_been_before_the_oldest_commit_that_is_left_is_not_dated() -> None:
    (only,) = schemas(metadata(every(1, 4), first=200))
    assert only.oldest_known


CHANGES = [
    ([field(1, "a"), field(2, "b"), field(3, "c")], ("c added",)),
    ([field(1, "a")], ("b removed",)),
    ([field(1, "a"), field(2, "b2")], ("b renamed to b2",)),
    ([field(1, "a"), field(2, "b", type="long")], ("b: string to long",)),
    ([field(1, "a"), field(2, "b", type={"type": "list"})], ("b: another type",)),
    ([field(1, "a"), field(2, "b", required=True)], ("b is never NULL",)),
    ([field(1, "a"), field(2, "b", doc="what it is")], ("b described anew",)),
    ([field(2, "b"), field(1, "a")], ("columns in another order",)),
    ([field(3, "b"), field(1, "a")], ("b added", "b removed")),
    ([field(1, "a"), field(2, "b")], ()),
]


@pytest.mark.parametrize(("after", "said"), CHANGES)
def test_each_change_of_a_schema_is_said(after: list[dict[str, Any]], said: tuple[str, ...]) -> None:
    new, old = schemas(metadata(every(60, 4), fields=[[field(1, "a"), field(2, "b")], after]))
    assert (new.id, new.current, new.changes) == (1, True, said)
    assert (old.id, old.current, old.changes) == (0, False, ())
    assert (old.since, new.since) == (every(60, 4)[0], every(60, 4)[2])


def test_a_column_that_may_be_null_again_is_said() -> None:
    new, _ = schemas(metadata(every(60, 4), fields=[[field(1, "a", required=True)], [field(1, "a")]]))
    assert new.changes == ("a may be NULL",)


def test_a_schema_that_nothing_was_written_with_has_no_date() -> None:
    document = metadata(every(60, 4), fields=[[field(1, "a")], [field(1, "a"), field(2, "b")]])
    for snapshot in document["snapshots"]:
        snapshot["schema-id"] = 0
    new, old = schemas(document)
    assert (new.current, new.since) == (True, None)
    assert old.since == every(60, 4)[0]


def test_a_table_without_a_commit_is_there_with_its_columns() -> None:
    document = metadata([])
    found = measure(document, "30s", now=NOW)
    assert (found.freshness.verdict, found.columns) == ("unknown", ("id", "customer_name"))
    assert [each.since for each in found.schemas] == [None]
