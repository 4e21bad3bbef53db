"""What a job costs, all but its pods, with other intervals between checkpoints."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from costs.estimate import estimate
from costs.jobs import DEPLOYMENT, GZIP, INTERVAL, REPLACED_METADATA, scripted
from costs.ledger import Estimate, Item
from costs.resources import Resource, Stack

INTERVALS = ("5s", "10s", "30s", "1min", "5min")


@dataclass(frozen=True)
class WithInterval:
    """In dollars by the month."""

    interval: str
    requests: float
    metadata: float
    """Replaced metadata files,"""
    compressed: float
    """and what they cost instead if they are compressed."""
    compaction: float
    total: float

    @property
    def rest(self) -> float:
        return self.total - self.requests - self.metadata - self.compaction


def by_interval(stack: Stack, region: str, job: str) -> Iterator[WithInterval]:
    for interval in INTERVALS:
        found = estimate(_with(stack, job, interval), region=region)
        compressed = estimate(_with(stack, job, interval, gzip=True), region=region)
        yield WithInterval(
            interval,
            requests=_sum(found, job, lambda item: "requests" in item.price),
            metadata=_sum(found, job, _is_metadata),
            compressed=_sum(compressed, job, _is_metadata),
            compaction=_sum(found, job, lambda item: item.what == "compaction"),
            total=_sum(found, job, lambda _: True),
        )


def _is_metadata(item: Item) -> bool:
    return item.what == REPLACED_METADATA


def _sum(found: Estimate, job: str, wanted: Callable[[Item], bool]) -> float:
    return sum(item.usd for item in found.items if item.job == job and wanted(item))


def _with(stack: Stack, job: str, interval: str, *, gzip: bool = False) -> Stack:
    """The same stack, with another interval, and compressed metadata, for one job."""

    def changed(resource: Resource) -> Resource:
        inputs: Any = resource.inputs
        if (resource.type, resource.name) == (DEPLOYMENT, job):
            spec = inputs["spec"]
            options = spec["flinkConfiguration"] | {INTERVAL: interval}
            return replace(resource, inputs=inputs | {"spec": spec | {"flinkConfiguration": options}})
        if gzip and scripted(resource) == job:
            script = f"{inputs['data']['job.sql']}\n-- {GZIP}"
            return replace(resource, inputs=inputs | {"data": inputs["data"] | {"job.sql": script}})
        return resource

    return Stack.of(map(changed, stack.resources))
