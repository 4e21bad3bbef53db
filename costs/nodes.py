"""The nodes that the stack's pods need, as Karpenter chooses them: the cheapest instances on which all fit."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from costs.jobs import DEPLOYMENT, SESSION_JOB, is_session, session_of
from costs.ledger import Item, Ledger
from costs.prices import InstanceType
from costs.resources import Resource, Stack, at, items
from costs.usage import HOURS, Usage
from infra.placement import NODES, STEADY

POOL = "kubernetes:karpenter.sh/v1:NodePool"
CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
CHART = "kubernetes:helm.sh/v4:Chart"
WORKLOAD = "kubernetes:apps/v1:Deployment"

_FAMILIES = "eks.amazonaws.com/instance-family"
_CAPACITY = "karpenter.sh/capacity-type"
_MEMORY_SHARE, _MEMORY_MIB, _CPU = 0.925, 674, 0.1
"""What a node leaves to pods: Karpenter takes 7.5 % of the memory for the virtual machine, and the kubelet 255 MiB, 11
for each of 29 pods, and 100 below which it evicts (EKS user guide: "Reserve compute resources"); under 0.1 CPU."""


@dataclass(frozen=True)
class Pods:
    """Pods of one kind."""

    pool: str
    replicas: int
    cpu: float
    memory_mib: float
    job: str | None = None


@dataclass(frozen=True)
class Fleet:
    """So many instances of one type."""

    type: str
    count: int
    fits: InstanceType

    def share(self, pods: Pods) -> float:
        """What pods take of all of it: of memory or CPU, whichever is more."""
        return pods.replicas * max(pods.cpu / _cpu(self.fits), pods.memory_mib / _memory(self.fits)) / self.count


def _cpu(type_: InstanceType) -> float:
    return type_.cpu - _CPU


def _memory(type_: InstanceType) -> float:
    return type_.memory_gib * 1024 * _MEMORY_SHARE - _MEMORY_MIB


def add_nodes(ledger: Ledger, stack: Stack, usage: Usage) -> tuple[dict[str, float], list[str]]:
    """Give each job's share of the nodes in dollars, and what no price fits."""
    shares: dict[str, float] = {}
    unpriced: list[str] = []
    pods = list(pods_of(stack))
    pools = list(stack.all(POOL))
    if pods and not pools:
        unpriced.append("the nodes of a cluster that the stack did not make")
    for pool in pools:
        name = str(at(pool.at("spec"), "template", "metadata", "labels", NODES))
        here = [each for each in pods if each.pool == name]
        requirements = {at(each, "key"): items(at(each, "values")) for each in _requirements(pool)}
        types = ledger.prices.instance_types([str(family) for family in requirements.get(_FAMILIES, [])])
        class_ = _class_of(pool, stack)
        fleet = choose(here, types, ledger.region, zones=max(1, len(items(class_.at("spec", "subnetSelectorTerms")))))
        if here and fleet is None:
            unpriced.append(f"the nodes of the pool {name}: no instance of its families that fits has a price")
        if fleet is None:
            continue
        cost = _add_fleet(ledger, name, fleet, "spot" in requirements.get(_CAPACITY, []), _disk_gib(class_), usage)
        for each in here:
            if each.job:
                shares[each.job] = shares.get(each.job, 0) + cost * fleet.share(each)
    return shares, unpriced


def _requirements(pool: Resource) -> list[Any]:
    return items(pool.at("spec", "template", "spec", "requirements"))


def _class_of(pool: Resource, stack: Stack) -> Resource:
    wanted = pool.at("spec", "template", "spec", "nodeClassRef", "name")
    return next((each for each in stack.all(CLASS) if each.at("metadata", "name") == wanted), Resource(CLASS, "", {}))


def _disk_gib(class_: Resource) -> float:
    return float(str(class_.at("spec", "ephemeralStorage", "size") or "80Gi").removesuffix("Gi"))


def _add_fleet(ledger: Ledger, pool: str, fleet: Fleet, spot: bool, disk_gib: float, usage: Usage) -> float:
    on_demand = fleet.count * fleet.fits.usd[ledger.region] * HOURS
    usd = on_demand * (usage.spot_price if spot else 1)
    what = f"{pool}: {fleet.count} of {fleet.type}{', spot' if spot else ''}"
    before = len(ledger.items)
    ledger.items.append(Item("Nodes", what, fleet.count * HOURS, fleet.type, usd))
    # Of the on-demand price, also for spot.
    ledger.add("Nodes", f"{pool}: Auto Mode", "auto_mode", on_demand)
    ledger.add("Nodes", f"{pool}: disks", "disk_gb_months", fleet.count * disk_gib * 1.073741824)
    return sum(item.usd for item in ledger.items[before:])


def choose(pods: Sequence[Pods], types: Mapping[str, InstanceType], region: str, *, zones: int) -> Fleet | None:
    """The cheapest fleet that holds all pods, the fewest of those; pods of a kind are spread as far as zones go."""
    least = max((min(each.replicas, zones) for each in pods), default=0)
    fleets = [
        Fleet(name, max(least, count), type_)
        for name, type_ in types.items()
        if (count := _nodes_for(pods, type_)) is not None
    ]
    return (
        min(fleets, key=lambda each: (each.count * each.fits.usd[region], each.count), default=None) if pods else None
    )


def _nodes_for(pods: Sequence[Pods], type_: InstanceType) -> int | None:
    """The largest first, each on the first node that has room."""
    rooms: list[tuple[float, float]] = []
    single = [(each.cpu, each.memory_mib) for each in pods for _ in range(each.replicas)]
    for cpu, memory in sorted(single, key=lambda pod: max(pod[0] / type_.cpu, pod[1] / type_.memory_gib), reverse=True):
        if cpu > _cpu(type_) or memory > _memory(type_):
            return None
        for index, (free_cpu, free_memory) in enumerate(rooms):
            if cpu <= free_cpu and memory <= free_memory:
                rooms[index] = (free_cpu - cpu, free_memory - memory)
                break
        else:
            rooms.append((_cpu(type_) - cpu, _memory(type_) - memory))
    return len(rooms)


def pods_of(stack: Stack) -> Iterator[Pods]:
    for deployment in stack.all(DEPLOYMENT):
        yield from _pods_of_job(deployment, _parallelism(deployment, stack))
    for chart in stack.all(CHART):
        for replicas, requests in _requests_within(chart.at("values"), 1):
            yield Pods(STEADY, replicas, _cores(requests), _mib(requests))
    for workload in stack.all(WORKLOAD):
        pod = workload.at("spec", "template", "spec")
        for container in items(at(pod, "containers")):
            requests = at(container, "resources", "requests")
            pool = str(at(pod, "nodeSelector", NODES) or STEADY)
            yield Pods(pool, int(workload.at("spec", "replicas") or 1), _cores(requests), _mib(requests))


def _parallelism(deployment: Resource, stack: Stack) -> int:
    """Of its job; of a session cluster the slots that all its jobs take."""
    if not is_session(deployment):
        return int(deployment.at("spec", "job", "parallelism") or 1)
    jobs = [job for job in stack.all(SESSION_JOB) if session_of(job) == deployment.name]
    return sum(int(job.at("spec", "job", "parallelism") or 1) for job in jobs)


def _pods_of_job(deployment: Resource, parallelism: int) -> Iterator[Pods]:
    spec = deployment.at("spec")
    slots = int(at(spec, "flinkConfiguration", "taskmanager.numberOfTaskSlots") or 1)
    replicas = {
        "jobManager": int(at(spec, "jobManager", "replicas") or 1),
        "taskManager": math.ceil(parallelism / slots),
    }
    for kind, count in replicas.items():
        pool = str(at(spec, kind, "podTemplate", "spec", "nodeSelector", NODES) or STEADY)
        yield Pods(
            pool, count, float(at(spec, kind, "resource", "cpu")), _mib(at(spec, kind, "resource")), deployment.name
        )


def _requests_within(values: Any, replicas: int) -> Iterator[tuple[int, Any]]:
    """Every `resources.requests` in a chart's values, with the number of replicas that stands nearest above it."""
    if not isinstance(values, Mapping):
        return
    mapping = cast(Mapping[str, Any], values)
    replicas = int(mapping.get("replicaCount") or mapping.get("replicas") or replicas)
    if requests := at(mapping, "resources", "requests"):
        yield replicas, requests
    for key, value in mapping.items():
        if key != "resources":
            yield from _requests_within(value, replicas)


def _cores(requests: Any) -> float:
    """`"25m"` → 0.025."""
    cpu = str(at(requests, "cpu") or 0)
    return float(cpu.removesuffix("m")) / (1000 if cpu.endswith("m") else 1)


def _mib(requests: Any) -> float:
    """Of Kubernetes' `64Mi` and `1Gi`, and of Flink's `1024m` and `2g`."""
    memory = str(at(requests, "memory") or 0).lower().removesuffix("i")
    return float(memory.rstrip("mg")) * (1024 if memory.endswith("g") else 1)
