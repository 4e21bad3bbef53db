"""AWS's list prices as `prices.yaml` has them, each with where and when it was read."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from infra.errors import ConfigurationError
from infra.settings.names import Region
from infra.validation import Strict, nearest, parse_yaml, validate

FILE = Path(__file__).parent / "prices.yaml"
_SHOWN_AS = "costs/prices.yaml"

Dollars = Annotated[float, Field(gt=0)]
Basis = Literal["price-list", "pricing-page", "derived", "unverified"]
"""How far a price is to be trusted; the words are explained at the top of the file."""


class Quote(Strict):
    usd: Dollars
    basis: Basis
    source: str
    date: date


class Price(Strict):
    what: str
    unit: str
    per: Annotated[int, Field(ge=1)] = 1
    """How many of what is counted the unit holds: 1000 where the price is that of a thousand requests."""
    regions: dict[Region, Quote]


class InstanceType(Strict):
    cpu: int
    memory_gib: int
    usd: dict[Region, Dollars]
    """On demand, by the hour."""


class Instances(Strict):
    basis: Basis
    source: str
    date: date
    types: dict[str, InstanceType]
    """From the smallest on."""


class Prices(Strict):
    prices: dict[str, Price]
    instances: Instances

    def check_region(self, region: str) -> None:
        """Raise `ConfigurationError` for a region without prices."""
        known = sorted({found for price in self.prices.values() for found in price.regions})
        if region not in known:
            raise ConfigurationError(
                f"{_SHOWN_AS}: no prices for the region '{region}'{nearest(region, known)}\n"
                "add its column to every price, with source and date"
            )

    def dates(self) -> tuple[date, date]:
        """As of which the prices are: of the oldest, and of the newest."""
        quoted = [quote.date for price in self.prices.values() for quote in price.regions.values()]
        return min(quoted), max(quoted)

    def usd(self, price: str, quantity: float, region: str) -> float:
        found = self.prices[price]
        return found.regions[region].usd * quantity / found.per

    def instance_types(self, families: Sequence[str]) -> Mapping[str, InstanceType]:
        return {name: found for name, found in self.instances.types.items() if name.partition(".")[0] in families}


@cache
def load_prices() -> Prices:
    return validate(Prices, parse_yaml(FILE, _SHOWN_AS), shown_as=_SHOWN_AS, file=FILE)
