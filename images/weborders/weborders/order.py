"""A web order, and what one has to be like for both databases to take it."""

from datetime import UTC, datetime
from importlib.resources import files
from typing import Annotated
from uuid import UUID

import pydantic
from pydantic import AfterValidator, Field

SCHEMA = (files("weborders") / "web_order.avsc").read_text(encoding="utf-8")
"""The Avro schema of `WebOrder`, as it is registered."""

_INT = 2**31 - 1


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds the character U+0000, which PostgreSQL can't store")
    return text


def _storable(date: datetime) -> datetime:
    if date.year < 1000:
        raise ValueError("is before the year 1000, where MySQL's DATETIME begins")
    return date


# The columns' length.
Name = Annotated[str, Field(max_length=255), AfterValidator(_without_nul)]


class WebOrder(pydantic.BaseModel):
    """One order, as the web shop sends it."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    web_order_id: UUID
    order_date: Annotated[pydantic.AwareDatetime, AfterValidator(_storable)]
    customer_name: Name
    destination: Name
    product_id: Annotated[int, Field(ge=-_INT - 1, le=_INT)]
    quantity: Annotated[int, Field(ge=1, le=_INT)]

    @property
    def order_date_stored(self) -> datetime:
        """As `orders.order_date` holds it: in UTC, to the second (databases differ in how they would round it)."""
        return self.order_date.astimezone(UTC).replace(microsecond=0, tzinfo=None)
