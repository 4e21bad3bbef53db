"""What the stack's own Kafka costs: brokers, their disks, and what is watched of them."""

from costs.ledger import Ledger
from costs.resources import Resource, Stack
from costs.usage import HOURS, Usage

BROKERS = "aws:msk/cluster:Cluster"

_HOURS = {
    "kafka.m7g.large": 1,
    "kafka.m7g.xlarge": 2,
    "kafka.m7g.2xlarge": 4,
}
"""So many hours of the smallest: a size costs twice the one before, as with EC2."""


def add_streams(ledger: Ledger, stack: Stack, usage: Usage) -> None:
    for cluster in stack.all(BROKERS):
        brokers = int(cluster.at("numberOfBrokerNodes"))
        type_ = str(cluster.at("brokerNodeGroupInfo", "instanceType"))
        ledger.add("Streams", f"brokers, {type_}", "broker_hours", brokers * _HOURS[type_] * HOURS)
        disk = cluster.at("brokerNodeGroupInfo", "storageInfo", "ebsStorageInfo", "volumeSize")
        ledger.add("Streams", "disks of brokers", "broker_gb_months", brokers * float(disk))
        ledger.add("Streams", "logs of brokers", "vended_log_gb", brokers * usage.broker_log_gb)
        if cluster.at("enhancedMonitoring") != "DEFAULT":
            ledger.add("Streams", "metrics of brokers", "metric_months", brokers * usage.broker_metrics)


def declared(type_: str, *, brokers: int, disk_gib: int, monitoring: str) -> Stack:
    """A stack of a cluster and nothing else, to see what it costs."""
    inputs = {
        "numberOfBrokerNodes": brokers,
        "brokerNodeGroupInfo": {
            "instanceType": type_,
            "storageInfo": {"ebsStorageInfo": {"volumeSize": disk_gib}},
        },
        "enhancedMonitoring": monitoring,
    }
    return Stack.of([Resource(BROKERS, "streams", inputs)])
