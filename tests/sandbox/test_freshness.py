"""The arithmetic of freshness on made-up commits: who is visible when, and what must not count."""

import random
import time
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

import pytest

from sandbox.demo.changes import Change
from sandbox.demo.freshness import Commit, measure, percentile, rows_over_time
from sandbox.sample.mutations import Kind
from sandbox.sample.tables import EnrichedOrder


def state(order_id: int, name: str) -> EnrichedOrder:
    moment = datetime(2025, 1, 1)
    total = Decimal("1.50")
    return EnrichedOrder(order_id, moment, name, total, 1, 5, "PAID", "Tent", None, None, None, None, None)


def change(sequence: int, at: float, effect: Mapping[int, str | None], kind: Kind = "update order") -> Change:
    """`effect`: by order, the name that tells its state; None for no row."""
    rows = {order_id: None if name is None else state(order_id, name) for order_id, name in effect.items()}
    return Change(sequence, kind, "mysql", rows, at)


def commit(sequence: int, at: float, rows: Mapping[int, str | None], total: int = 0) -> Commit:
    found = {order_id: None if name is None else state(order_id, name)._asdict() for order_id, name in rows.items()}
    return Commit(sequence, at, found, total)


def seconds(changes: list[Change], commits: list[Commit]) -> list[float]:
    measured = measure(changes, commits)
    assert measured.not_visible == 0
    return [round(sample.seconds, 6) for sample in measured.samples]


def test_a_change_is_visible_at_the_commit_that_has_its_row() -> None:
    assert seconds([change(1, 10.0, {1: "a"})], [commit(1, 9.5, {1: "old"}), commit(2, 11.25, {1: "a"})]) == [1.25]


def test_a_later_commit_with_the_same_row_changes_nothing() -> None:
    assert seconds([change(1, 10.0, {1: "a"})], [commit(1, 11.0, {1: "a"}), commit(2, 12.0, {1: "a"})]) == [1.0]


def test_commits_are_taken_by_their_number_not_by_their_place() -> None:
    assert seconds([change(1, 10.0, {1: "a"})], [commit(2, 12.0, {1: "a"}), commit(1, 11.0, {1: "a"})]) == [1.0]


def test_changes_outdone_within_a_checkpoint_are_visible_with_the_last_one() -> None:
    changes = [change(1, 10.0, {1: "a"}), change(2, 10.2, {1: "b"}), change(3, 10.4, {1: "c"})]
    assert seconds(changes, [commit(1, 11.0, {1: "c"})]) == [1.0, 0.8, 0.6]


def test_a_commit_that_has_but_the_first_of_two_changes_shows_the_first() -> None:
    changes = [change(1, 10.0, {1: "a"}), change(2, 10.9, {1: "b"})]
    assert seconds(changes, [commit(1, 11.0, {1: "a"}), commit(2, 12.0, {1: "b"})]) == [1.0, 1.1]


def test_a_deletion_is_visible_when_the_row_is_taken_away() -> None:
    assert seconds([change(1, 10.0, {1: None})], [commit(1, 10.5, {2: "x"}), commit(2, 11.5, {1: None})]) == [1.5]


def test_an_insert_deleted_within_a_checkpoint_is_visible_when_the_lake_has_taken_note() -> None:
    changes = [change(1, 10.0, {1: "a"}), change(2, 10.2, {1: None})]
    # The row is as absent in the first commit as in the second, but only the second one has heard of it.
    assert seconds(changes, [commit(1, 10.5, {}), commit(2, 11.2, {1: None})]) == [1.2, 1.0]


def test_a_row_deleted_and_inserted_again_within_a_checkpoint_is_visible_with_its_new_state() -> None:
    changes = [change(1, 10.0, {1: None}), change(2, 10.5, {1: "again"})]
    assert seconds(changes, [commit(1, 11.0, {1: "again"})]) == [1.0, 0.5]


def test_a_row_deleted_inserted_and_deleted_again_is_followed_through_the_commits() -> None:
    changes = [change(1, 10.0, {1: None}), change(2, 11.0, {1: "again"}), change(3, 12.0, {1: None})]
    commits = [commit(1, 10.8, {1: None}), commit(2, 11.8, {1: "again"}), commit(3, 12.8, {1: None})]
    assert seconds(changes, commits) == [0.8, 0.8, 0.8]


def test_a_row_that_ends_as_absent_as_it_was_before_shows_all_changes_of_the_checkpoint() -> None:
    changes = [change(1, 10.0, {1: None}), change(2, 10.2, {1: "again"}), change(3, 10.4, {1: None})]
    assert seconds(changes, [commit(1, 11.0, {1: None})]) == [1.0, 0.8, 0.6]


def test_a_state_is_not_shown_by_a_commit_seen_before_it_came_to_be() -> None:
    # The second deletion leaves what the first one left: the commit before it must not be taken for it.
    changes = [change(1, 10.0, {1: None}), change(2, 11.5, {1: "again"}), change(3, 11.6, {1: None})]
    commits = [commit(1, 11.0, {1: None}), commit(2, 12.6, {1: None})]
    assert seconds(changes, commits) == [1.0, 1.1, 1.0]


def test_a_change_of_many_rows_is_visible_with_the_last_of_them() -> None:
    changes = [change(1, 10.0, {1: "a", 2: "a", 3: "a"}, "rename product")]
    assert seconds(changes, [commit(1, 11.0, {1: "a", 3: "a"}), commit(2, 12.0, {2: "a"})]) == [2.0]


def test_a_fan_out_counts_rows_that_a_later_change_outdid() -> None:
    changes = [change(1, 10.0, {1: "a", 2: "a"}, "rename product"), change(2, 10.5, {2: None}, "delete order")]
    assert seconds(changes, [commit(1, 11.0, {1: "a", 2: None})]) == [1.0, 0.5]


def test_a_fan_out_of_which_one_row_never_shows_is_not_visible() -> None:
    measured = measure([change(1, 10.0, {1: "a", 2: "a"})], [commit(1, 11.0, {1: "a"})])
    assert (measured.samples, measured.not_visible) == ((), 1)


def test_what_two_sources_out_of_step_leave_in_between_shows_neither_change() -> None:
    changes = [change(1, 10.0, {1: "mysql"}), change(2, 10.1, {1: "mysql+postgres"})]
    assert seconds(changes, [commit(1, 11.0, {1: "postgres"}), commit(2, 12.0, {1: "mysql+postgres"})]) == [2.0, 1.9]


def test_a_change_that_never_shows_is_counted_and_not_sampled() -> None:
    changes = [change(1, 10.0, {1: "a"}), change(2, 10.0, {2: "b"})]
    measured = measure(changes, [commit(1, 11.0, {1: "a"})])
    assert (len(measured.samples), measured.not_visible) == (1, 1)


def test_a_change_that_shows_nowhere_by_design_is_neither_sampled_nor_missed() -> None:
    measured = measure([change(1, 10.0, {}, "reprice product")], [commit(1, 11.0, {})])
    assert (measured.samples, measured.not_visible, measured.p95) == ((), 0, None)


def test_values_are_compared_as_values_and_only_in_columns_that_the_lake_has() -> None:
    row = {"order_id": 1, "order_total": Decimal("1.5"), "customer_name": "a", "of_another_job": 3}
    assert seconds([change(1, 10.0, {1: "a"})], [Commit(1, 11.0, {1: row}, 1)]) == [1.0]


def test_samples_keep_the_order_and_kind_of_the_changes() -> None:
    changes = [change(1, 10.0, {1: "a"}, "insert order"), change(2, 10.5, {2: None}, "delete order")]
    measured = measure(changes, [commit(1, 11.0, {1: "a", 2: None})])
    assert [(sample.committed_at, sample.kind) for sample in measured.samples] == [
        (10.0, "insert order"),
        (10.5, "delete order"),
    ]


def test_rows_over_time_follow_the_commits() -> None:
    assert rows_over_time([commit(2, 12.0, {}, 7), commit(1, 11.0, {}, 5)]) == [(11.0, 5), (12.0, 7)]


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0), (0, 1.0), (99.5, 100.0)]
)
def test_a_percentile_is_a_value_that_occurred(percent: float, expected: float) -> None:
    values = [float(number) for number in range(1, 101)]
    random.Random(1).shuffle(values)
    assert percentile(values, percent) == expected


def test_percentiles_of_one_value_and_of_none() -> None:
    assert (percentile([3.0], 50), percentile([3.0], 99), percentile([], 50)) == (3.0, 3.0, None)


def test_thousands_of_changes_in_hundreds_of_commits_are_measured_at_once() -> None:
    rng = random.Random(1)
    changes = [change(number, number / 50, {rng.randrange(2_000): f"{number}"}) for number in range(15_000)]
    commits: list[Commit] = []
    for second in range(301):
        rows = {key: row for each in changes[second * 50 - 50 : second * 50] for key, row in each.effect.items()}
        commits.append(Commit(second, second + 0.5, {key: row and row._asdict() for key, row in rows.items()}, 0))
    started = time.monotonic()
    measured = measure(changes, commits)
    assert time.monotonic() - started < 5
    assert (measured.not_visible, len(measured.samples)) == (0, 15_000)
    assert measured.p50 is not None
    assert 0.9 < measured.p50 < 1.1
