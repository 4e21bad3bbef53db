from typing import Any

import pytest

from impact.states import Finding, compare_states
from infra.plan_lock import LockedOperator
from tests.impact.made import JOIN, ORDERS, SINK, lock, operator, operators, replaced, state


def findings(*after: LockedOperator, code_changed: bool = False) -> list[Finding]:
    return compare_states(lock(), lock(*after), code_changed=code_changed)


def only(*after: LockedOperator) -> Finding:
    (found,) = findings(*after)
    return found


def test_the_same_plan_fits() -> None:
    assert findings(*operators()) == []


def test_state_that_another_rule_made_is_unknown() -> None:
    found = only(*replaced(JOIN, description="Join(where=[…])"))
    assert found.level == "unknown"
    assert found.text.startswith("'Join' would go on with rows that the old rule made:")
    above = only(*replaced(ORDERS, description="Source(fields=[…])"))
    assert above.text.startswith("'Join' would go on with rows that the old rule made by 'Source':")


def test_what_comes_after_all_state_or_is_but_called_otherwise_fits() -> None:
    assert findings(*replaced(SINK, description="…")) == []
    named = [lock(*replaced(ORDERS, description=f"Source(table=[[c, d, {name}]], fields=[a])")) for name in ("a", "b")]
    assert compare_states(*named, code_changed=False) == []


def test_state_whose_operator_is_gone_or_has_another_id_does_not_fit() -> None:
    gone = only(*[each for each in operators() if each.id != JOIN])
    assert gone.level == "incompatible"
    assert gone.text == "the state of 'Join' finds no operator: it is gone"
    moved = findings(*replaced(JOIN, id="e" * 32))
    assert [each.level for each in moved] == ["incompatible", "incompatible"]
    assert "another of its kind is there under another id" in moved[0].text
    assert "would start empty" in moved[1].text


def test_an_operator_without_state_may_go() -> None:
    assert findings(*[each for each in operators() if each.id != SINK]) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"key": "ROW<BIGINT>"}, "its state is kept by ROW<INT>, and would be by ROW<BIGINT>"),
        ({"state": [state()]}, "no longer reads its state 'right-records'"),
        (
            {"state": [state(), state("right-records"), state("more")]},
            "has a new state 'more', which would start empty",
        ),
        ({"state": [state(kind="VALUE"), state("right-records")]}, "'left-records' is a MAP, and now VALUE"),
        ({"state": [state(type="ROW<STRING>"), state("right-records")]}, "holds ROW<INT>, and now ROW<STRING>"),
        ({"state": [state(ttl=1000), state("right-records")]}, "gets a time to live"),
    ],
)
def test_state_that_cannot_be_read_does_not_fit(changed: dict[str, Any], said: str) -> None:
    found = only(*replaced(JOIN, **changed))
    assert found.level == "incompatible"
    assert said in found.text
    assert found.remedy


def test_another_time_to_live_fits() -> None:
    with_ttl = [state(ttl=1000), state("right-records")]
    longer = [state(ttl=2000), state("right-records")]
    before, after = lock(*replaced(JOIN, state=with_ttl)), lock(*replaced(JOIN, state=longer))
    assert compare_states(before, after, code_changed=False) == []


def test_a_new_sink_or_a_new_source_with_what_follows_it_may_start_empty() -> None:
    new = [
        operator("1" * 32, "Source", state=[state("source", scope="operator", kind="LIST", type="bytes")]),
        operator("2" * 32, "Join", inputs=["1" * 32], key="ROW<INT>", state=[state()]),
        operator("3" * 32, "IcebergFilesCommitter", inputs=[SINK], state=[state("c", scope="operator", kind="LIST")]),
    ]
    assert findings(*operators(), *new) == []


def test_a_new_join_behind_an_old_source_starts_without_what_came_before() -> None:
    found = only(*operators(), operator("2" * 32, "Join", inputs=[ORDERS], key="ROW<INT>", state=[state()]))
    assert found.level == "incompatible"
    assert "'Join' is new: it would start empty" in found.text


def test_state_that_cannot_be_seen_is_unknown_only_where_something_changed() -> None:
    unseen = lock(*replaced(JOIN, state=None))
    assert compare_states(unseen, unseen, code_changed=False) == []
    (by_code,) = compare_states(unseen, unseen, code_changed=True)
    assert by_code.level == "unknown"
    (by_plan,) = compare_states(unseen, lock(*replaced(JOIN, state=None, description="…")), code_changed=False)
    assert by_plan.level == "unknown"
