"""An answer, and how it looks: as a table on the terminal, as JSON, as CSV."""

import csv
import json
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TextIO

from rich.table import Table
from rich.text import Text


@dataclass(frozen=True)
class Result:
    """An answer; values are plain Python ones. A name may occur twice among the columns, as in SQL."""

    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]

    def dicts(self) -> list[dict[str, object]]:
        """Each row by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def as_table(result: Result, *, title: str | None = None, limit: int = 100) -> Table:
    """The answer as a table for the terminal: NULL dimmed, numbers to the right, at most `limit` rows."""
    table = Table(title=title, title_justify="left")
    shown = result.rows[:limit]
    for index, column in enumerate(result.columns):
        values = [row[index] for row in shown if row[index] is not None]
        numbers = bool(values) and all(_is_number(value) for value in values)
        # Nothing is cut off, and a snapshot's id stays in one piece: it may be what one came for.
        table.add_column(Text(column), justify="right" if numbers else "left", no_wrap=numbers, overflow="fold")
    for row in shown:
        table.add_row(*(Text("NULL", style="dim") if value is None else Text(as_text(value)) for value in row))
    if len(result.rows) > limit:
        table.caption = f"{limit:,} of {len(result.rows):,} rows"
    return table


def as_text(value: object) -> str:
    """A value as Athena's console shows it."""
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            whole = value.microsecond % 1000 == 0 and value.microsecond > 0
            text = value.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds" if whole else "auto")
            return f"{text} {value.tzname()}" if value.tzinfo else text
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.hex(" ")
        case dict():
            return "{" + ", ".join(f"{key}={as_text(inner)}" for key, inner in value.items()) + "}"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case list() | tuple():
            return "[" + ", ".join(as_text(inner) for inner in value) + "]"  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        case None:
            return "null"
        case _:
            return str(value)


def to_json(result: Result) -> str:
    """A list of objects; what JSON has no type for, decimals too, as the text that the table would show."""
    return json.dumps(result.dicts(), default=as_text, ensure_ascii=False, indent=2)


def print_csv(result: Result, file: TextIO) -> None:
    """A line of names, then a line for each row; NULL is empty."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(["" if value is None else as_text(value) for value in row] for row in result.rows)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
