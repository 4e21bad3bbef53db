"""When a customer's orders make one session, and what it is worth. Plain Python: no Flink in here."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

GAP = timedelta(hours=24)
"""An order that comes later than this after the one before begins a new session."""


class Order(NamedTuple):
    placed: datetime
    total: Decimal


class Session(NamedTuple):
    """Orders of one customer, none of them more than the gap after the one before."""

    start: datetime
    """When the first of them was placed: no two sessions of a customer share it."""
    end: datetime
    """When the last one was."""
    orders: int
    value: Decimal
    """Their totals together; a refund counts against it."""


def sessions(orders: Iterable[Order], gap: timedelta = GAP) -> list[Session]:
    """One customer's `orders`, which come in any order, as sessions by their start."""
    found: list[Session] = []
    for placed, total in sorted(orders):
        if found and placed - found[-1].end <= gap:
            last = found[-1]
            found[-1] = Session(last.start, placed, last.orders + 1, last.value + total)
        else:
            found.append(Session(placed, placed, 1, total))
    return found
