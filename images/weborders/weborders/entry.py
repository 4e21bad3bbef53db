"""Enters a batch of orders into both databases, the order first, then its shipment.

Each database has a transaction of its own. What makes that safe is that either write can be repeated: an order is found
again by its web_order_id, a shipment by its order_id. So a crash anywhere, with the batch read again, leaves each once.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from weborders import erpdb, shipdb
from weborders.databases import Database, RowRefused
from weborders.order import WebOrder
from weborders.patience import Patience

_REMEDY = "check that the database runs and takes connections"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refused:
    """An order that no retry will enter."""

    reason: str


Outcome = Literal["placed", "redelivered"] | Refused
"""`placed`: its shipment, the last of the two writes, is new; `redelivered`: both were there already."""


class Entry:
    """Waits for a database that is away as long as `patience` says; then raises `Failed`."""

    def __init__(self, orders: Database, shipments: Database, origin: str, patience: Patience) -> None:
        self._orders = orders
        self._shipments = shipments
        self._origin = origin
        self._patience = patience

    def enter(self, orders: Sequence[WebOrder]) -> list[Outcome]:
        """What became of each of them."""
        first: dict[str, WebOrder] = {}
        for order in orders:
            first.setdefault(str(order.web_order_id), order)
        outcomes = self._enter_each_once(list(first.values()))
        seen: set[str] = set()
        result: list[Outcome] = []
        for order in orders:
            key = str(order.web_order_id)
            result.append(_repeated(order, first[key], outcomes[key]) if key in seen else outcomes[key])
            seen.add(key)
        return result

    def _enter_each_once(self, orders: list[WebOrder]) -> dict[str, Outcome]:
        try:
            return self._enter_together(orders)
        except RowRefused as error:
            if len(orders) == 1:
                return {str(orders[0].web_order_id): Refused(str(error))}
        # One of them spoilt the transaction of all.
        middle = len(orders) // 2
        return self._enter_each_once(orders[:middle]) | self._enter_each_once(orders[middle:])

    def _enter_together(self, orders: list[WebOrder]) -> dict[str, Outcome]:
        if not orders:
            return {}
        placement = self._patience.keep_trying(lambda: erpdb.place(self._orders, orders), remedy=_REMEDY)
        if placement.unpriced:
            _log.warning(
                "%d orders name a product that the catalogue lacks: total %s", placement.unpriced, erpdb.NO_PRICE
            )
        outcomes: dict[str, Outcome] = {}
        to_ship: dict[int, WebOrder] = {}
        for order in orders:
            entered = placement.entered[str(order.web_order_id)]
            if column := entered.differs(order):
                outcomes[str(order.web_order_id)] = _other_content(f"orders.{column}")
            else:
                to_ship[entered.order_id] = order
        destinations = {order_id: order.destination for order_id, order in to_ship.items()}
        if destinations:
            shipped = self._patience.keep_trying(
                lambda: shipdb.ship(self._shipments, destinations, self._origin), remedy=_REMEDY
            )
            for order_id, order in to_ship.items():
                outcomes[str(order.web_order_id)] = _shipment(order_id, order, shipped)
        return outcomes


def _shipment(order_id: int, order: WebOrder, shipped: shipdb.Shipped) -> Outcome:
    if order_id in shipped.inserted:
        return "placed"
    return "redelivered" if shipped.found[order_id] == order.destination else _other_content("shipments.destination")


def _repeated(order: WebOrder, first: WebOrder, outcome: Outcome) -> Outcome:
    """An order whose web_order_id stands earlier in the batch."""
    if order != first:
        names = (name for name in WebOrder.model_fields if getattr(order, name) != getattr(first, name))
        return _other_content(next(names))
    return outcome if isinstance(outcome, Refused) else "redelivered"


def _other_content(where: str) -> Refused:
    return Refused(f"its web_order_id belongs to an order with other content: {where} differs")
