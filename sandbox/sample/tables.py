"""One row of each source table, and the row that the job makes of them: plain data, the columns named as in the SQL."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Product:
    id: int
    name: str
    description: str | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    order_id: int
    order_date: datetime
    customer_name: str | None
    order_total: Decimal
    order_qty: int
    product_id: int | None
    order_status: str


@dataclass(frozen=True, slots=True)
class Shipment:
    shipment_id: int
    order_id: int
    origin: str
    destination: str | None
    has_arrived: bool


class EnrichedOrder(NamedTuple):
    """A row of the lake's table, its columns in the table's order."""

    order_id: int
    order_date: datetime
    customer_name: str | None
    order_total: Decimal
    order_qty: int
    product_id: int | None
    order_status: str
    product_name: str | None
    product_description: str | None
    shipment_id: int | None
    origin: str | None
    destination: str | None
    has_arrived: bool | None


def enrich(order: Order, product: Product | None, shipment: Shipment | None) -> EnrichedOrder:
    """The job's join for one order: `orders LEFT JOIN products LEFT JOIN shipments`."""
    return EnrichedOrder(
        order_id=order.order_id,
        order_date=order.order_date,
        customer_name=order.customer_name,
        order_total=order.order_total,
        order_qty=order.order_qty,
        product_id=order.product_id,
        order_status=order.order_status,
        product_name=product.name if product else None,
        product_description=product.description if product else None,
        shipment_id=shipment.shipment_id if shipment else None,
        origin=shipment.origin if shipment else None,
        destination=shipment.destination if shipment else None,
        has_arrived=shipment.has_arrived if shipment else None,
    )
