"""What a job promises of the rows of a table: `expectations` of an entry of `writes` in job.yaml, as data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from infra.settings.names import Once
from infra.units import Duration
from infra.validation import Location, Strict, WrongAt

_COLUMN = r"^[a-z_][a-z0-9_]*$"
Column = Annotated[str, StringConstraints(pattern=_COLUMN)]


def _value(value: object) -> object:
    if not isinstance(value, bool | int | str):
        raise ValueError(
            f"'{value}' is neither a text, a whole number nor a boolean; a text in quotes can be any value"
        )
    return value


def _unique(value: object) -> object:
    names = cast(list[object], value) if isinstance(value, list) else []
    if value is True or (names and all(isinstance(name, str) and re.search(_COLUMN, name) for name in names)):
        return cast(object, value)
    raise ValueError("write true, for the table's key, or the list of columns whose values together stand once")


Value = Annotated[bool | int | str, BeforeValidator(_value)]


class RowCount(Strict):
    """How many rows there are."""

    min: Annotated[int, Field(ge=1)] | None = None
    """At least so many."""
    drift: Annotated[str, StringConstraints(pattern=r"^[1-9]\d{0,2}%$")] | None = None
    """And so much more or fewer at most than `within` ago, like '20%'. While the table has no snapshot that old, and
    where it had no row then, nothing is compared."""
    within: Duration | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.drift is None) != (self.within is None):
            missing = "within" if self.within is None else "drift"
            raise WrongAt((missing,), "missing; drift says how much, within says since when: both, or none")
        if self.min is None and self.drift is None:
            raise ValueError("says nothing; give min, or drift and within, or remove it")
        return self


class Expectations(Strict):
    """What is true of a table's rows at every commit."""

    not_null: Annotated[list[Column], Once] = []
    """Columns without a NULL."""
    unique: Annotated[Literal[True] | Annotated[list[Column], Once], BeforeValidator(_unique)] | None = None
    """Columns whose values together stand in one row at most; `true`: those of the table's key."""
    accepted_values: dict[Column, Annotated[list[Value], Field(min_length=1), Once]] = {}
    """Column → all values that it may have. NULL is no value: `not_null` refuses it."""
    row_count: RowCount | None = None

    def columns(self) -> list[tuple[Location, Column]]:
        """Every column that is named here, and where."""
        unique: list[Column] = self.unique if isinstance(self.unique, list) else []
        return [
            *((("not_null", index), column) for index, column in enumerate(self.not_null)),
            *((("unique", index), column) for index, column in enumerate(unique)),
            *((("accepted_values", column), column) for column in self.accepted_values),
        ]

    def each(self, key: Sequence[Column]) -> "list[Expectation]":
        """One by one; `key`: the table's."""
        rows = self.row_count
        return [
            *(NotNull(column) for column in self.not_null),
            *([] if self.unique is None else [Unique(tuple(key if self.unique is True else self.unique))]),
            *(AcceptedValues(column, tuple(values)) for column, values in self.accepted_values.items()),
            *([MinRows(rows.min)] if rows and rows.min is not None else []),
            *([Drift(int(rows.drift[:-1]), rows.within)] if rows and rows.drift and rows.within else []),
        ]


@dataclass(frozen=True)
class NotNull:
    column: Column

    @property
    def name(self) -> str:
        """In reports and mails."""
        return f"not_null({self.column})"

    @property
    def promise(self) -> str:
        """In the contract, for people."""
        return f"{self.column} is never NULL"


@dataclass(frozen=True)
class Unique:
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        return f"unique({', '.join(self.columns)})"

    @property
    def promise(self) -> str:
        return f"no two rows have the same {' and '.join(self.columns)}"


@dataclass(frozen=True)
class AcceptedValues:
    column: Column
    values: tuple[bool | int | str, ...]

    @property
    def name(self) -> str:
        return f"accepted_values({self.column})"

    @property
    def promise(self) -> str:
        return f"{self.column} is NULL or one of {', '.join(_shown(value) for value in self.values)}"


@dataclass(frozen=True)
class MinRows:
    least: int

    @property
    def name(self) -> str:
        return "row_count(min)"

    @property
    def promise(self) -> str:
        return f"there {'is' if self.least == 1 else 'are'} at least {self.least:,} row{'s' * (self.least > 1)}"


@dataclass(frozen=True)
class Drift:
    percent: int
    within: Duration

    @property
    def name(self) -> str:
        return "row_count(drift)"

    @property
    def promise(self) -> str:
        return f"there are at most {self.percent}% more or fewer rows than {self.within} before"


Expectation = NotNull | Unique | AcceptedValues | MinRows | Drift


def _shown(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()
