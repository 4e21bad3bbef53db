import pytest

from costs.prices import load_prices
from infra.errors import ConfigurationError

REGIONS = {"eu-west-1", "us-east-1"}


def test_every_price_has_every_region() -> None:
    prices = load_prices()
    assert {name for name, price in prices.prices.items() if set(price.regions) != REGIONS} == set()
    assert {name for name, type_ in prices.instances.types.items() if set(type_.usd) != REGIONS} == set()


def test_only_what_is_unverified_has_no_source() -> None:
    quotes = [quote for price in load_prices().prices.values() for quote in price.regions.values()]
    assert [quote for quote in quotes if bool(quote.source) == (quote.basis == "unverified")] == []


def test_a_price_is_that_of_its_unit() -> None:
    prices = load_prices()
    assert prices.usd("write_requests", 1_000_000, "eu-west-1") == pytest.approx(5)
    assert prices.usd("nat_hours", 730, "eu-west-1") == pytest.approx(35.04)


def test_another_region_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"costs/prices.yaml: no prices for the region 'eu-central-1'"):
        load_prices().check_region("eu-central-1")
