"""How long web orders take from place to place: placed → Kafka → both databases → lake."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from sandbox.demo.freshness import Commit, percentile
from sandbox.demo.order_trail import Trail


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hop(_Model):
    """Seconds, of all orders that made it."""

    name: str
    orders: int
    p50: float | None
    p95: float | None
    p99: float | None


class FlowReport(_Model):
    """Every figure of one run of the flow of web orders. Times are in seconds, memory in MiB."""

    flow: str = "weborders"
    stack: str
    orders_sent: int = Field(description="acknowledged by the brokers, as the generator says")
    orders_per_second: float
    rows_expected: int = Field(description="of both tables of the lake together")
    rows_in_lake: int
    rows_different: int = Field(description="rows missing, unexpected, duplicate, or unequal in any column")
    dead_letters: int
    hops: tuple[Hop, ...]
    setup_seconds: float
    peak_memory_mib: float

    @property
    def correct(self) -> bool:
        return self.rows_different == 0


def in_lake(commits: Sequence[Commit]) -> dict[int, float]:
    """By order_id: when the lake first showed it with its shipment."""
    found: dict[int, float] = {}
    for commit in sorted(commits, key=lambda commit: commit.sequence):
        for order_id, row in commit.rows.items():
            if row is not None and row.get("shipment_id") is not None:
                found.setdefault(order_id, commit.seen_at)
    return found


def rate_of(trail: Trail) -> float:
    """Orders a second, from the first that was placed to the last; 0 for fewer than two."""
    moments = [order.order_date.timestamp() for order in trail.records]
    if len(moments) < 2:
        return 0.0
    return round((len(moments) - 1) / (max(moments) - min(moments)), 1)


def hops(trail: Trail, lake: Mapping[int, float]) -> tuple[Hop, ...]:
    """Of each part of the way, and of all of it; `lake`: order_id → when the lake showed it."""
    times: dict[str, list[float]] = {
        "placed → in Kafka": [],
        "Kafka → both databases": [],
        "databases → lake": [],
        "placed → lake": [],
    }
    parts = list(times.values())
    for order in trail.records:
        key = str(order.web_order_id)
        placed, kafka, both = order.order_date.timestamp(), trail.in_kafka[key], trail.in_both(key)
        visible = lake.get(trail.order_ids.get(key, -1))
        if both is None or visible is None:
            continue
        # A reader of ours may see one place a moment after the next reader saw the next.
        for part, seconds in zip(parts, (kafka - placed, both - kafka, visible - both, visible - placed), strict=True):
            part.append(max(0.0, seconds))
    return tuple(
        Hop(
            name=name,
            orders=len(seconds),
            p50=percentile(seconds, 50),
            p95=percentile(seconds, 95),
            p99=percentile(seconds, 99),
        )
        for name, seconds in times.items()
    )
