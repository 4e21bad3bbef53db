"""Which pods go to which nodes."""

from dataclasses import dataclass, field
from typing import Any

from infra.settings.cluster import ClusterSettings

NODES = "flink-lakehouse/nodes"
"""The label of our nodes, and the taint of those that are for TaskManagers alone."""
STEADY = "steady"
TASKMANAGERS = "taskmanagers"


@dataclass(frozen=True)
class Placement:
    """What stands in a pod's spec so that it lands on the right nodes; nothing of it on an existing cluster."""

    steady: dict[str, Any] = field(default_factory=dict[str, Any])
    taskmanagers: dict[str, Any] = field(default_factory=dict[str, Any])


def placement(settings: ClusterSettings) -> Placement:
    if settings.existing:
        return Placement()
    return Placement(
        steady={"nodeSelector": {NODES: STEADY}},
        taskmanagers={
            "nodeSelector": {NODES: TASKMANAGERS},
            "tolerations": [{"key": NODES, "operator": "Equal", "value": TASKMANAGERS, "effect": "NoSchedule"}],
        },
    )
