"""Who orders what from where: names short, quoted, accented, non-Latin and beyond the basic plane."""

import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

from weborders.order import WebOrder

FIRST_ORDER = datetime(2025, 1, 1, 8, 0, 0, tzinfo=UTC)
"""The date of the first order of a seed: the same on every day, so that an order sent again is the same order."""

_PRODUCTS = 200
"""The catalogue of the sample: products 1 to 200."""

_CUSTOMERS = (
    "Ada Smith", "Aoife O'Brien", "Ayşe Şahin", "Björn Ødegård", "María José García Márquez", "Nguyễn Trần",
    "Wim van der Berg", "\"Tex\" Johnson", "Renée Null", "Zoë 100% Real", "Priya Back\\slash",
    "Анна Иванова", "Ελένη Παπαδόπουλος",
    "נועה כהן", "محمد الحسن", "अनन्या शर्मा", "美咲 𠮷田", "伟 王", "지우 김",
)  # fmt: skip

_PLACES = (
    "Antwerp", "A Coruña", "Bogotá", "Düsseldorf", "'s-Hertogenbosch", "İzmir", "Kraków", "Lagos", "München", "Nairobi",
    "Portland, OR", "Reykjavík", "São Paulo", "Washington, D.C.", "Αθήνα", "القاهرة", "東京", "서울",
)  # fmt: skip


def order(index: int, seed: int | None) -> WebOrder:
    """The order number `index`: with a seed always the same one, without one a new one of this moment."""
    if seed is None:
        rng, date = random.Random(), datetime.now(UTC)
    else:
        rng, date = random.Random(f"{seed}:{index}"), FIRST_ORDER + timedelta(seconds=index)
    return WebOrder(
        web_order_id=UUID(int=rng.getrandbits(128), version=4),
        # Avro's timestamp-millis has no more.
        order_date=date.replace(microsecond=date.microsecond // 1000 * 1000),
        customer_name=rng.choice(_CUSTOMERS),
        destination=rng.choice(_PLACES),
        product_id=rng.randint(1, _PRODUCTS),
        quantity=rng.choices((1, 2, 3, 5, 12), weights=(60, 20, 10, 7, 3))[0],
    )
