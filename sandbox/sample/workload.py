"""What changes next in the source databases: a seeded mix of inserts, updates and deletes, and what each must show."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import get_args

from sandbox.sample.generator import EPOCH, STATUSES, cents, customer, places
from sandbox.sample.mutations import Kind, Mutation
from sandbox.sample.sources import Row, Sources
from sandbox.sample.tables import EnrichedOrder, Order, Product, Shipment

_WEIGHTS = (20, 30, 6, 6, 12, 14, 4, 1, 5, 1, 1)
"""How often each kind is drawn, in the order of `Kind`. An order with a shipment is deleted by two changes."""

MAX_FAN_OUT = 25
"""Products with more orders than this stay as they are, so that one change does not become a load of its own."""

_TRIES = 1_000


@dataclass(frozen=True)
class Step:
    """A mutation, and the lake's rows after it for the orders whose row it changes; None stands for no row."""

    mutation: Mutation
    effect: Mapping[int, EnrichedOrder | None]


class NothingToChange(Exception):
    """The tables are too empty for the workload."""


class Workload:
    """Draws steps and keeps its model of the sources up with them.

    No step brings a row of the lake back to a value that it had before: every state of a row can then be told from
    every other, and the commit that first shows it found without doubt. A row may be absent more than once.
    """

    def __init__(self, sources: Sources, seed: int) -> None:
        self.sources = sources
        self._rng = random.Random(seed)
        self._seen: dict[int, set[EnrichedOrder]] = {}
        self._planned: list[Mutation] = []
        self._order_ids = sorted(sources.orders)
        self._shipment_ids = sorted(sources.shipments)
        self._deleted_order_ids: list[int] = []
        self._next_order_id = max(self._order_ids, default=0) + 1
        self._next_shipment_id = max(self._shipment_ids, default=0) + 1
        self._next_moment = max((order.order_date for order in sources.orders.values()), default=EPOCH)
        self._names = 0

    def next(self) -> Step:
        """The next step, already applied to the model. Raises NothingToChange."""
        if self._planned:
            return self._apply(self._planned.pop(0)) or self.next()
        for _ in range(_TRIES):
            kind = self._rng.choices(get_args(Kind), weights=_WEIGHTS)[0]
            mutations = self._draw(kind)
            step = self._apply(mutations[0]) if mutations else None
            if step is not None:
                self._planned.extend(mutations[1:])
                return step
        raise NothingToChange(
            f"the sources hold {len(self.sources.orders)} orders: too few for the changes to draw from"
        )

    def _apply(self, mutation: Mutation) -> Step | None:
        """Do it in the model; None, and undone, when it would repeat a state of a row."""
        affected = self.sources.affected(mutation.row)
        before = {order_id: self.sources.enriched(order_id) for order_id in affected}
        self.sources.replace(mutation.before, mutation.after)
        after = {order_id: self.sources.enriched(order_id) for order_id in sorted(affected)}
        effect = {order_id: row for order_id, row in after.items() if row != before[order_id]}
        if any(row is not None and row in self._seen.get(order_id, ()) for order_id, row in effect.items()):
            self.sources.replace(mutation.after, mutation.before)
            return None
        for order_id in effect:
            states = (before[order_id], after[order_id])
            self._seen.setdefault(order_id, set()).update(state for state in states if state is not None)
        if mutation.kind == "delete order":
            self._deleted_order_ids.extend(affected)
        return Step(mutation, effect)

    def _draw(self, kind: Kind) -> Sequence[Mutation]:
        """Mutations of this kind that belong together, in their order; none when the drawn rows do not allow it."""
        draw: dict[Kind, Callable[[], Sequence[Mutation]]] = {
            "insert order": self._insert_order,
            "update order": self._update_order,
            "change product of order": self._change_product,
            "delete order": self._delete_order,
            "insert shipment": self._insert_shipment,
            "update shipment": self._update_shipment,
            "delete shipment": self._delete_shipment,
            "insert product": self._insert_product,
            "rename product": self._rename_product,
            "reprice product": self._reprice_product,
            "delete product": self._delete_product,
        }
        return draw[kind]()

    def _insert_order(self) -> Sequence[Mutation]:
        """A new order; one in ten takes the number of a deleted one, as when an order is restored."""
        if self._deleted_order_ids and self._rng.random() < 0.1:
            order_id = self._deleted_order_ids.pop(self._rng.randrange(len(self._deleted_order_ids)))
        else:
            order_id, self._next_order_id = self._next_order_id, self._next_order_id + 1
        self._next_moment += timedelta(seconds=self._rng.randint(1, 90))
        order = Order(
            order_id=order_id,
            order_date=self._next_moment,
            customer_name=customer(self._rng),
            order_total=cents(self._rng.randint(0, 1_000_000)),
            order_qty=self._rng.randint(1, 12),
            product_id=self._rng.choice((None, *self.sources.products)),
            order_status="PLACED",
        )
        self._order_ids.append(order_id)
        return [Mutation("insert order", None, order)]

    def _update_order(self) -> Sequence[Mutation]:
        if (order := self._order()) is None:
            return ()
        match self._rng.randrange(3):
            case 0:
                after = replace(order, order_status=self._rng.choice(STATUSES))
            case 1:
                total = cents(self._rng.randint(-1_000_000, 9_999_999_999))
                after = replace(order, order_qty=self._rng.randint(1, 200), order_total=total)
            case _:
                after = replace(order, customer_name=customer(self._rng))
        return _update("update order", order, after)

    def _change_product(self) -> Sequence[Mutation]:
        if (order := self._order()) is None:
            return ()
        product_id = self._rng.choice((None, *self.sources.products))
        return _update("change product of order", order, replace(order, product_id=product_id))

    def _delete_order(self) -> Sequence[Mutation]:
        """The shipment first, as a foreign key would have it: the order is seen without it for a moment."""
        if (order := self._order()) is None:
            return ()
        shipment = self.sources.shipment_of.get(order.order_id)
        deletes = [Mutation("delete order", order, None)]
        return deletes if shipment is None else [Mutation("delete shipment", shipment, None), *deletes]

    def _insert_shipment(self) -> Sequence[Mutation]:
        # Most orders have one already: look a few times.
        drawn = (self._order() for _ in range(20))
        order = next(
            (order for order in drawn if order and order.order_id not in self.sources.shipment_of),
            None,
        )
        if order is None:
            return ()
        origin, destination = places(self._rng)
        shipment_id, self._next_shipment_id = (
            self._next_shipment_id,
            self._next_shipment_id + 1,
        )
        self._shipment_ids.append(shipment_id)
        shipment = Shipment(shipment_id, order.order_id, origin, destination, has_arrived=False)
        return [Mutation("insert shipment", None, shipment)]

    def _update_shipment(self) -> Sequence[Mutation]:
        """It arrives, or is sent on to another place."""
        if (shipment := self._shipment()) is None:
            return ()
        if not shipment.has_arrived:
            return _update("update shipment", shipment, replace(shipment, has_arrived=True))
        destination = places(self._rng)[1]
        return _update(
            "update shipment",
            shipment,
            replace(shipment, destination=destination, has_arrived=False),
        )

    def _delete_shipment(self) -> Sequence[Mutation]:
        shipment = self._shipment()
        return () if shipment is None else [Mutation("delete shipment", shipment, None)]

    def _insert_product(self) -> Sequence[Mutation]:
        """A product that orders named before the catalogue had it: the late side of the join."""
        awaited = sorted(id for id in self.sources.orders_of if self._fan_out(id) and id not in self.sources.products)
        if not awaited:
            return ()
        product = Product(self._rng.choice(awaited), self._name("Late arrival"), None, cents(1_999))
        return [Mutation("insert product", None, product)]

    def _rename_product(self) -> Sequence[Mutation]:
        if (product := self._small_product()) is None:
            return ()
        description = self._rng.choice((None, product.description, f"Now better: {product.name}"[:512]))
        name = self._name(product.name.split(" · ")[0])
        return _update(
            "rename product",
            product,
            replace(product, name=name, description=description),
        )

    def _reprice_product(self) -> Sequence[Mutation]:
        """No column of the lake holds the price: a change that must change nothing there."""
        if (product := self._small_product()) is None:
            return ()
        return _update("reprice product", product, replace(product, price=product.price + cents(1)))

    def _delete_product(self) -> Sequence[Mutation]:
        product = self._small_product()
        return () if product is None else [Mutation("delete product", product, None)]

    def _name(self, stem: str) -> str:
        self._names += 1
        return f"{stem} · {self._names}"

    def _order(self) -> Order | None:
        order_id = self._pick(self._order_ids, self.sources.orders)
        return None if order_id is None else self.sources.orders[order_id]

    def _shipment(self) -> Shipment | None:
        shipment_id = self._pick(self._shipment_ids, self.sources.shipments)
        return None if shipment_id is None else self.sources.shipments[shipment_id]

    def _small_product(self) -> Product | None:
        small = [id for id in self.sources.products if 0 < self._fan_out(id) <= MAX_FAN_OUT]
        return self.sources.products[self._rng.choice(small)] if small else None

    def _fan_out(self, product_id: int) -> int:
        return len(self.sources.orders_of.get(product_id, ()))

    def _pick(self, ids: list[int], living: Mapping[int, object]) -> int | None:
        """One of the ids at random; ids of rows that are gone drop out of the list when they are met."""
        while ids:
            place = self._rng.randrange(len(ids))
            if ids[place] in living:
                return ids[place]
            ids[place] = ids[-1]
            ids.pop()
        return None


def _update(kind: Kind, before: Row, after: Row) -> Sequence[Mutation]:
    return () if before == after else [Mutation(kind, before, after)]
