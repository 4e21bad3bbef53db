"""Whether a job can go on from a savepoint of its older self: two plans, operator by operator.

Flink gives a savepoint's state to operators by their ids; state that finds none stops the start, and so does a
serializer that can't read what was written (Flink docs: "Savepoints", "State Schema Evolution";
`StateAssignmentOperation`, `RowDataSerializerSnapshot`).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from infra.plan_lock import LockedOperator, LockedState, PlanLock

START_ANEW = (
    "start it without its state (upgrade_mode: stateless, once): it reads its sources from the start and upserts; "
    "or write a new table beside the old one"
)
_HOLDS_NO_ROWS = ("Source", "Sink", "Iceberg", "Files", "Writer", "Committer")
"""Operators of these kinds may start empty beside others that don't: they hold no rows that came earlier."""


_TABLE = re.compile(r"table=\[+[^\[\]]+\]+")


@dataclass(frozen=True)
class Finding:
    """One thing that the comparison of two plans showed."""

    level: Literal["unknown", "incompatible"]
    text: str
    remedy: str = ""


def compare_states(before: PlanLock, after: PlanLock, *, code_changed: bool) -> list[Finding]:
    """Nothing: the state fits. `code_changed`: of the job's own, beyond what the plans show."""
    return list(_findings(before, after, code_changed))


def _findings(before: PlanLock, after: PlanLock, code_changed: bool) -> Iterator[Finding]:
    old, new = _by_id(before), _by_id(after)
    for operator in before.operators:
        found = new.get(operator.id)
        if found is not None:
            unlike = list(_of_one(operator, found, code_changed))
            yield from unlike or _made_otherwise(operator, old, new)
        elif operator.state is None:
            yield Finding("unknown", f"{_title(operator)} is gone, and whether it has state can't be seen")
        elif operator.state:
            yield Finding("incompatible", _lost(operator, after), START_ANEW)
    for operator in after.operators:
        if operator.id not in old and operator.state != [] and not _may_start_empty(operator, new, old):
            yield Finding(
                "incompatible",
                f"{_title(operator)} is new: it would start empty, without the rows that came before",
                START_ANEW,
            )


def _by_id(lock: PlanLock) -> Mapping[str, LockedOperator]:
    return {operator.id: operator for operator in lock.operators}


def _of_one(old: LockedOperator, new: LockedOperator, code_changed: bool) -> Iterator[Finding]:
    """Both have the same id, so that the new one is given the state of the old one."""
    if old.state is None or new.state is None:
        if old != new or code_changed:
            yield Finding("unknown", f"{_title(new)}: its state can't be seen before it runs, and it has changed")
        return
    if old.state and new.state and old.key != new.key:
        yield Finding(
            "incompatible", f"{_title(new)}: its state is kept by {old.key}, and would be by {new.key}", START_ANEW
        )
        return
    was, now = ({(state.scope, state.name): state for state in each.state or ()} for each in (old, new))
    for name, state in was.items():
        if name not in now:
            yield Finding("incompatible", f"{_title(new)} no longer reads its state '{state.name}'", START_ANEW)
        elif problem := _unlike(state, now[name]):
            yield Finding("incompatible", f"{_title(new)}: {problem}", START_ANEW)
    for name, state in now.items():
        if name not in was and was:
            yield Finding(
                "incompatible", f"{_title(new)} has a new state '{state.name}', which would start empty", START_ANEW
            )


def _made_otherwise(
    operator: LockedOperator, old: Mapping[str, LockedOperator], new: Mapping[str, LockedOperator]
) -> Iterator[Finding]:
    """Flink would start, and take rows that an old rule made for those of the new one: a row that is to be taken back
    is then not found, one that was filtered out never comes."""
    if operator.key is None or not operator.state:
        return
    above = [operator, *(each for each in old.values() if each.id in _above(operator, old))]
    changed = [each for each in above if each.id not in new or _rule(each) != _rule(new[each.id])]
    if changed:
        where = "" if changed[0] is operator else f" by {_title(changed[-1])}"
        yield Finding(
            "unknown",
            f"{_title(operator)} would go on with rows that the old rule made{where}: Flink starts, and whether they "
            "fit those to come can't be told from the plan",
            START_ANEW,
        )


def _rule(operator: LockedOperator) -> str:
    """What it does, by whatever name the script calls the table that it reads."""
    return _TABLE.sub("", operator.description)


def _unlike(old: LockedState, new: LockedState) -> str | None:
    for what, was, now in (
        ("is a", old.kind, new.kind),
        ("holds", old.type, new.type),
        ("is kept by the window", old.window, new.window),
    ):
        if was != now:
            return f"its state '{old.name}' {what} {was}, and now {now}"
    if (old.ttl is None) != (new.ttl is None):
        # FLINK-32955 is of a later Flink.
        return (
            f"its state '{old.name}' {'gets' if old.ttl is None else 'loses'} a time to live, which is stored with it"
        )
    return None


def _lost(operator: LockedOperator, after: PlanLock) -> str:
    alike = [each for each in after.operators if each.kind == operator.kind and each.name == operator.name]
    if alike:
        return (
            f"the state of {_title(operator)} finds no operator: another of its kind is there under another id, "
            "since what comes before it in the plan is not the same"
        )
    return f"the state of {_title(operator)} finds no operator: it is gone"


def _may_start_empty(
    operator: LockedOperator, new: Mapping[str, LockedOperator], old: Mapping[str, LockedOperator]
) -> bool:
    """A source or a sink; or one that gets nothing but what new sources read from their start."""
    if not operator.inputs or any(word in operator.kind for word in _HOLDS_NO_ROWS):
        return True
    sources = [each for each in _above(operator, new) if not new[each].inputs]
    return bool(sources) and not any(source in old for source in sources)


def _above(operator: LockedOperator, by_id: Mapping[str, LockedOperator]) -> set[str]:
    """Whatever its rows come through."""
    seen, waiting = set[str](), list(operator.inputs)
    while waiting:
        each = waiting.pop()
        if each not in seen and each in by_id:
            seen.add(each)
            waiting += by_id[each].inputs
    return seen


def _title(operator: LockedOperator) -> str:
    return f"'{operator.name}'" if operator.name == operator.kind else f"'{operator.name}' ({operator.kind})"
