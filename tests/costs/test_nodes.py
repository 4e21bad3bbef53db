from typing import Any

import pytest

from costs.ledger import Ledger
from costs.nodes import CHART, CLASS, POOL, WORKLOAD, Pods, add_nodes, choose, pods_of
from costs.prices import load_prices
from costs.resources import Resource, Stack
from costs.usage import HOURS, Usage
from infra.placement import NODES
from tests.costs.given import deployment

FAMILIES = ["c7g", "m7g", "r7g", "m8g"]


def pods(replicas: int = 1, *, cpu: float = 1, memory_mib: float = 1024) -> Pods:
    return Pods("taskmanagers", replicas, cpu, memory_mib)


def fleet(*wanted: Pods, zones: int = 3) -> tuple[str, int] | None:
    found = choose(wanted, load_prices().instance_types(FAMILIES), "eu-west-1", zones=zones)
    return (found.type, found.count) if found else None


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], None),
        ([pods()], ("c7g.large", 1)),
        # Its memory is more than a c7g.large leaves to pods, though not more than it has.
        ([pods(memory_mib=3500)], ("m7g.large", 1)),
        ([pods(memory_mib=12_000)], ("r7g.large", 1)),
        # Two of them fit on one node, and are spread over zones all the same.
        ([pods(2, cpu=0.5)], ("c7g.large", 2)),
        ([pods(2, cpu=0.5), pods(2, cpu=0.4)], ("c7g.large", 2)),
        ([pods(4, cpu=1.5)], ("c7g.large", 4)),
        ([pods(cpu=100)], None),
    ],
)
def test_the_cheapest_instances_that_hold_all_pods_are_taken(
    wanted: list[Pods], expected: tuple[str, int] | None
) -> None:
    assert fleet(*wanted) == expected


def test_pods_of_a_kind_are_spread_no_further_than_zones_go() -> None:
    assert fleet(pods(4, cpu=0.4), zones=2) == ("c7g.large", 2)


def test_requests_of_charts_count_with_their_replicas() -> None:
    values: dict[str, Any] = {
        "replicaCount": 2,
        "resources": {"requests": {"cpu": "25m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "webhook": {"replicaCount": 3, "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
        "operatorPod": {"resources": {"requests": {"cpu": "100m", "memory": "512Mi"}}},
    }
    assert list(pods_of(Stack.of([Resource(CHART, "chart", {"values": values})]))) == [
        Pods("steady", 2, 0.025, 64),
        Pods("steady", 3, 1, 1024),
        Pods("steady", 2, 0.1, 512),
    ]


def test_a_job_has_as_many_taskmanagers_as_its_parallelism_needs() -> None:
    assert list(pods_of(Stack.of([deployment(parallelism=5, slots=2, jobmanagers=2)]))) == [
        Pods("steady", 2, 0.5, 1024, "orders"),
        Pods("taskmanagers", 3, 1, 2048, "orders"),
    ]


def test_containers_of_a_deployment_count() -> None:
    container = {"resources": {"requests": {"cpu": "50m", "memory": "512Mi"}}}
    spec = {"replicas": 2, "template": {"spec": {"containers": [container], "nodeSelector": {NODES: "steady"}}}}
    assert list(pods_of(Stack.of([Resource(WORKLOAD, "collector", {"spec": spec})]))) == [Pods("steady", 2, 0.05, 512)]


def pool(name: str, *capacity: str, families: list[str] = FAMILIES) -> list[Resource]:
    requirements = [
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": list(capacity)},
        {"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": families},
    ]
    template = {
        "metadata": {"labels": {NODES: name}},
        "spec": {"nodeClassRef": {"name": f"lakehouse-{name}"}, "requirements": requirements},
    }
    class_ = {"subnetSelectorTerms": [{"id": "a"}, {"id": "b"}], "ephemeralStorage": {"size": "100Gi"}}
    return [
        Resource(POOL, f"nodes-{name}", {"spec": {"template": template}}),
        Resource(CLASS, f"nodes-{name}-class", {"metadata": {"name": f"lakehouse-{name}"}, "spec": class_}),
    ]


def test_spot_is_cheaper_but_not_what_auto_mode_asks() -> None:
    ledger = Ledger(load_prices(), "eu-west-1")
    stack = Stack.of([deployment(), *pool("steady", "on-demand"), *pool("taskmanagers", "spot", "on-demand")])
    shares, unpriced = add_nodes(ledger, stack, Usage(spot_price=0.25))
    assert unpriced == []
    found = {item.what: item.usd for item in ledger.items}
    on_demand = 0.0775 * HOURS
    assert found["steady: 1 of c7g.large"] == pytest.approx(on_demand)
    assert found["taskmanagers: 1 of c7g.large, spot"] == pytest.approx(on_demand / 4)
    assert found["steady: Auto Mode"] == found["taskmanagers: Auto Mode"] == pytest.approx(on_demand * 0.12)
    assert found["steady: disks"] == pytest.approx(107.4 * 0.088, rel=1e-3)
    # The rest is room for others.
    assert 0 < shares["orders"] < sum(found.values())


def test_pods_without_pools_or_prices_are_said() -> None:
    ledger = Ledger(load_prices(), "eu-west-1")
    assert add_nodes(ledger, Stack.of([deployment()]), Usage())[1] == [
        "the nodes of a cluster that the stack did not make"
    ]
    stack = Stack.of([deployment(), *pool("steady", "on-demand", families=["m8g"])])
    assert add_nodes(ledger, stack, Usage())[1] == [
        "the nodes of the pool steady: no instance of its families that fits has a price"
    ]
    assert ledger.items == []
