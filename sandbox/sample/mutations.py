"""One change of one row, as data."""

from dataclasses import dataclass
from typing import Literal

from sandbox.addresses import Engine
from sandbox.sample.sources import Row
from sandbox.sample.tables import Shipment

Kind = Literal[
    "insert order",
    "update order",
    "change product of order",
    "delete order",
    "insert shipment",
    "update shipment",
    "delete shipment",
    "insert product",
    "rename product",
    "reprice product",
    "delete product",
]


@dataclass(frozen=True)
class Mutation:
    """One row before and after; None before is an insert, None after a delete."""

    kind: Kind
    before: Row | None
    after: Row | None

    @property
    def row(self) -> Row:
        """The row, or what it was."""
        row = self.after if self.after is not None else self.before
        assert row is not None, "a mutation has a row before or after"
        return row

    @property
    def source(self) -> Engine:
        return "postgres" if isinstance(self.row, Shipment) else "mysql"
