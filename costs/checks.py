"""What looks after tables regularly: the checks of optimizers and of expectations, by what their schedules start."""

import json
from typing import Any

from costs.ledger import Ledger
from costs.resources import Resource, Stack, at, items
from costs.usage import HOURS, Usage

SCHEDULE = "aws:scheduler/schedule:Schedule"

_OF_OPTIMIZER = 4
"""Transitions (infra/optimizer_check.py): ask, look at the answer, end; one more to begin."""
_OF_TABLE = 9
"""Likewise (infra/expectation_check.py): two queries with their answers, two choices, remember, end."""
_OF_EXECUTION = 2


def add_checks(ledger: Ledger, stack: Stack, usage: Usage) -> None:
    for schedule in stack.all(SCHEDULE):
        given = _input(schedule)
        optimizers, tables = items(at(given, "optimizers")), items(at(given, "tables"))
        runs = HOURS / _hours(str(schedule.at("scheduleExpression")))
        transitions = len(optimizers) * _OF_OPTIMIZER + len(tables) * _OF_TABLE + _OF_EXECUTION
        what = "check of expectations" if tables else "check of optimizers"
        ledger.add("Observability", what, "state_transitions", runs * transitions)
        for table in tables:
            scanned = runs * usage.checked_gb / 1000
            ledger.add("Query", "scanned by checks", "scanned_tb", scanned, job=str(at(table, "job")))


def checking(stack: Stack) -> set[str]:
    """The names of checks that query: their workgroups are no team's."""
    return {schedule.name for schedule in stack.all(SCHEDULE) if items(at(_input(schedule), "tables"))}


def _input(schedule: Resource) -> Any:
    """Nothing where a preview can't know it yet."""
    given = schedule.at("target", "input")
    try:
        return json.loads(str(given))
    except ValueError:
        return None


def _hours(expression: str) -> float:
    """Of `rate(6 hours)`."""
    number, unit = expression.removeprefix("rate(").removesuffix(")").split()
    return float(number) * {"minute": 1 / 60, "hour": 1, "day": 24}[unit.rstrip("s")]
