"""A live workload on the source databases: changes at a steady rate, each with what the lake must show after it."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.addresses import Engine, Login
from sandbox.sample.mutations import Kind
from sandbox.sample.sources import Sources
from sandbox.sample.tables import EnrichedOrder
from sandbox.sample.workload import Workload
from sandbox.sample.writer import Writer


@dataclass(frozen=True)
class Change:
    """One committed transaction on a source.

    `effect` holds the lake's row (None: no row) for each order whose row it changes, given every change before it; it
    is empty for a change that shows nowhere, as a product's price does. `committed_at` (seconds since the epoch) is
    taken right after the commit returned: from then on a reader of the source may see the change, and before that
    nobody was promised it, so the time until the lake shows it counts from there.
    """

    sequence: int
    kind: Kind
    source: Engine
    effect: Mapping[int, EnrichedOrder | None]
    committed_at: float

    @property
    def order_ids(self) -> tuple[int, ...]:
        """The orders whose row in the lake it changes."""
        return tuple(self.effect)


class ChangeStream:
    """Changes drawn from a seed and committed one by one, by one writer, at a steady `rate` per second.

    The rows to change are chosen by a model of both databases, read when the stream is made: nobody else may write to
    them while it runs. The same data and seed give the same changes.
    """

    def __init__(
        self,
        mysql: Login,
        erpdb: str,
        postgres: Login,
        shipdb: str,
        *,
        seed: int = 1,
        rate: float = 50,
    ) -> None:
        if rate <= 0:
            raise ValueError(f"rate is {rate}; it must be above 0 changes per second")
        self._rate = rate
        self._workload = Workload(Sources.read(mysql, erpdb, postgres, shipdb), seed)
        self._writers: dict[Engine, Writer] = {
            "mysql": Writer(mysql, erpdb),
            "postgres": Writer(postgres, shipdb),
        }
        self._sequence = 0

    def run(
        self,
        seconds: float | None = None,
        *,
        count: int | None = None,
        on_change: Callable[[Change], None] | None = None,
        stop: threading.Event | None = None,
    ) -> list[Change]:
        """Commit changes until `seconds` are over, `count` are done, or `stop` is set; all of them, in their order.

        The pace is the clock's: each change has its moment, and one that comes late does not put off the next ones.
        Raises SourceLost when a database stays away, OutOfStep when somebody else wrote to it.
        """
        if seconds is None and count is None and stop is None:
            raise ValueError("run() needs an end: seconds, count or stop")
        limit = min(
            float("inf") if count is None else count,
            float("inf") if seconds is None else round(seconds * self._rate),
        )
        stop = stop or threading.Event()
        changes: list[Change] = []
        started = time.monotonic()
        try:
            while len(changes) < limit:
                if stop.wait(max(0.0, started + len(changes) / self._rate - time.monotonic())):
                    break
                changes.append(self._commit_next())
                if on_change:
                    on_change(changes[-1])
        finally:
            for writer in self._writers.values():
                writer.close()
        return changes

    def _commit_next(self) -> Change:
        step = self._workload.next()
        source = step.mutation.source
        self._writers[source].commit(step.mutation)
        committed_at = time.time()
        self._sequence += 1
        return Change(self._sequence, step.mutation.kind, source, step.effect, committed_at)


def achieved_rate(changes: Sequence[Change]) -> float:
    """Changes per second between the first and the last commit; 0 for fewer than two changes."""
    if len(changes) < 2:
        return 0.0
    return (len(changes) - 1) / (changes[-1].committed_at - changes[0].committed_at)
