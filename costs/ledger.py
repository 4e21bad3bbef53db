"""The lines of an estimate, and the estimate itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from costs.prices import Prices

Component = Literal[
    "Network", "Cluster", "Nodes", "Image", "Streams", "Lake", "Catalog", "Query", "Secrets", "Observability"
]
COMPONENTS: tuple[Component, ...] = get_args(Component)
"""In the order that they are told."""


@dataclass(frozen=True)
class Item:
    """A line: so much of one thing in a month."""

    component: Component
    what: str
    quantity: float
    price: str
    """Its key in prices.yaml, or an instance type."""
    usd: float
    job: str | None = None
    """The job that it is for alone."""


@dataclass(frozen=True)
class Estimate:
    """What a stack costs by the month, in US dollars."""

    items: Sequence[Item]
    pods: Mapping[str, float]
    """Job → what its pods take of the nodes, in dollars; the nodes themselves are among the items."""
    unpriced: Sequence[str]
    """What the stack declares and nobody has put a price on, or that it costs nothing."""

    @property
    def total(self) -> float:
        return sum(item.usd for item in self.items)

    @property
    def jobs(self) -> list[str]:
        """Those that something is for."""
        return sorted({*self.pods, *(item.job for item in self.items if item.job)})

    def by_component(self) -> dict[Component, float]:
        return _by_component(self.items)

    def of_job(self, job: str) -> dict[Component, float]:
        """By component, with its share of the nodes."""
        own = _by_component([item for item in self.items if item.job == job])
        return {**own, "Nodes": self.pods.get(job, 0)}


def _by_component(items: Sequence[Item]) -> dict[Component, float]:
    found: dict[Component, float] = {}
    for component in COMPONENTS:
        if usd := sum(item.usd for item in items if item.component == component):
            found[component] = usd
    return found


@dataclass
class Ledger:
    """Where parts of an estimate write their lines."""

    prices: Prices
    region: str
    items: list[Item] = field(default_factory=list[Item])

    def add(self, component: Component, what: str, price: str, quantity: float, *, job: str | None = None) -> None:
        """Nothing of something is no line."""
        if quantity:
            usd = self.prices.usd(price, quantity, self.region)
            self.items.append(Item(component, what, quantity, price, usd, job))
