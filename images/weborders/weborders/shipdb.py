"""Enters shipments into shipdb.shipments."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from weborders.databases import Database

_shipments = sa.Table(
    "shipments",
    sa.MetaData(),
    sa.Column("shipment_id", sa.Integer, primary_key=True),
    sa.Column("order_id", sa.Integer, unique=True),
    sa.Column("origin", sa.String(255)),
    sa.Column("destination", sa.String(255)),
    sa.Column("has_arrived", sa.Boolean),
)


@dataclass(frozen=True)
class Shipped:
    """What one transaction found and made."""

    found: dict[int, str | None]
    """Destinations, by order_id, of the shipments that were there."""
    inserted: set[int]
    """The order_ids of the others."""


def ship(database: Database, destinations: Mapping[int, str], origin: str) -> Shipped:
    """Insert a shipment for each order_id that has none, in one transaction.

    Raises what `Database.transaction` does.
    """
    columns = _shipments.c
    wanted = sa.select(columns.order_id, columns.destination).where(columns.order_id.in_(list(destinations)))
    with database.transaction() as connection:
        found = {row[0]: row[1] for row in connection.execute(wanted)}
        rows = [
            {"order_id": order_id, "origin": origin, "destination": destination, "has_arrived": False}
            for order_id, destination in destinations.items()
            if order_id not in found
        ]
        if rows:
            # Another processor may have been faster since the look-up.
            insert = postgresql.insert(_shipments).on_conflict_do_nothing(index_elements=[columns.order_id])
            connection.execute(insert, rows)
    return Shipped(found, set(destinations) - set(found))
