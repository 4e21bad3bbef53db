"""The answer to a query: rows as dictionaries, or as a table of pandas."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, overload

from lakehouse.errors import LakehouseError

Row = dict[str, Any]


class Rows(Sequence[Row]):
    """The rows, in the answer's order, each a dictionary by column; values are plain Python ones: `int`, `Decimal`,
    `datetime`, `None` …

    A column whose name occurs twice is in `values` twice, and in the dictionaries once: give one of them another name.
    """

    def __init__(self, columns: Sequence[str], values: Sequence[tuple[Any, ...]]) -> None:
        self.columns = tuple(columns)
        self.values = list(values)

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows": ...
    def __getitem__(self, index: int | slice) -> "Row | Rows":
        if isinstance(index, slice):
            return Rows(self.columns, self.values[index])
        return dict(zip(self.columns, self.values[index], strict=True))

    def __iter__(self) -> Iterator[Row]:
        return (dict(zip(self.columns, row, strict=True)) for row in self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and (self.columns, self.values) == (other.columns, other.values)

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return f"<{len(self)} rows of ({', '.join(self.columns)})>"

    def to_pandas(self) -> Any:
        """The rows as a `pandas.DataFrame`; raises `LakehouseError` where pandas is not installed."""
        try:
            pandas: Any = import_module("pandas")
        except ImportError:
            raise LakehouseError("pandas is not installed: pip install pandas") from None
        return pandas.DataFrame.from_records(self.values, columns=list(self.columns))
