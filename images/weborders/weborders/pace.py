"""When the next order is sent."""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Shopping:
    """Orders come in batches of random size, with random pauses (seconds) between them, and longer ones between the
    batches."""

    batch_size_max: int = 25
    order_pause_max: float = 3.0
    batch_pause_max: float = 5.0
    seed: int | None = None

    def pauses(self) -> Iterator[float]:
        """The pause before each order."""
        rng = random.Random(self.seed)
        yield 0.0
        while True:
            for _ in range(rng.randint(1, self.batch_size_max) - 1):
                yield rng.uniform(0, self.order_pause_max)
            yield rng.uniform(0, self.batch_pause_max)


@dataclass(frozen=True)
class Steady:
    """`rate` orders a second."""

    rate: float

    def pauses(self) -> Iterator[float]:
        """The pause before each order."""
        yield 0.0
        while True:
            yield 1 / self.rate


Pace = Shopping | Steady
