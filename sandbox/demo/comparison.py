"""Compares every row of the lake's table with the join computed here from the sources, read afresh."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

KEY = "order_id"
"""The lake table's upsert key: one row for each value."""

_ABSENT = "(no such column)"


@dataclass(frozen=True)
class Difference:
    """What is wrong with one row. For `differs`, in which column; the values are those of that column.

    `missing`: the join has it, the lake doesn't. `unexpected`: the other way round. `duplicate`: the lake has it again.
    """

    key: Hashable
    kind: Literal["differs", "missing", "unexpected", "duplicate"]
    column: str | None = None
    expected: object = None
    actual: object = None
    key_column: str = KEY

    def __str__(self) -> str:
        if self.kind == "differs":
            return f"{self.key_column} {self.key}: {self.column} is {self.actual!r}, expected {self.expected!r}"
        return f"{self.key_column} {self.key}: {self.kind}"


@dataclass(frozen=True)
class Comparison:
    """Counts over all rows, and the first few that differ, one example for each of their columns."""

    rows_expected: int
    rows_in_lake: int
    rows_different: int
    examples: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        return self.rows_different == 0


def compare(
    expected: Iterable[Mapping[str, object]],
    actual: Iterable[Mapping[str, object]],
    *,
    key: str = KEY,
    examples: int = 5,
) -> Comparison:
    """Match rows by key and compare every column that either side has.

    A row that is missing, unexpected, or unequal in any column counts once; of rows with the same key in the lake,
    each but the first counts too. `examples` limits the rows shown, not those compared.
    """
    wanted = {row[key]: row for row in expected}
    found: dict[object, Mapping[str, object]] = {}
    copies: Counter[object] = Counter()
    for row in actual:
        found.setdefault(row[key], row)
        copies[row[key]] += 1
    different = 0
    shown: list[Difference] = []
    for value in sorted(wanted.keys() | found.keys(), key=_order):
        differences = _differences(key, value, wanted.get(value), found.get(value))
        again = max(0, copies[value] - 1)
        different += bool(differences) + again
        if (differences or again) and examples > 0:
            examples -= 1
            shown += [*differences, *([Difference(value, "duplicate", key_column=key)] if again else [])]
    return Comparison(len(wanted), copies.total(), different, tuple(shown))


def normal(value: object) -> object:
    """A value as both sides can hold it: exact decimals whatever their scale, moments without a zone in UTC.

    MySQL's 0 and 1 equal False and True in Python as it is.
    """
    match value:
        case float():
            return Decimal(repr(value))
        case datetime() if value.tzinfo is not None:
            return value.astimezone(UTC).replace(tzinfo=None)
        case _:
            return value


def _differences(
    key: str,
    value: Hashable,
    expected: Mapping[str, object] | None,
    actual: Mapping[str, object] | None,
) -> Sequence[Difference]:
    if actual is None:
        return [Difference(value, "missing", key_column=key)]
    if expected is None:
        return [Difference(value, "unexpected", key_column=key)]
    columns = dict.fromkeys((*expected, *actual))
    values = ((column, expected.get(column, _ABSENT), actual.get(column, _ABSENT)) for column in columns)
    return [
        Difference(value, "differs", *pair, key_column=key) for pair in values if normal(pair[1]) != normal(pair[2])
    ]


def _order(key: object) -> tuple[bool, object]:
    """Keys in their own order, NULL last: a NULL key is wrong, but must be shown, not trip the comparison."""
    return (key is None, 0 if key is None else key)
