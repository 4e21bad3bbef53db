"""Kafka: a cluster asks who its clients are, and nobody else reads what they say."""

from collections.abc import Iterator

from policy.resources import Resource
from policy.rules import Finding, ResourceRule

CLUSTER = "aws:msk/cluster:Cluster"
TOPIC = "aws:msk/topic:Topic"

_TRANSIT = ("encryptionInfo", "encryptionInTransit")
_WHO = (("sasl", "iam"), ("sasl", "scram"), ("tls", "certificateAuthorityArns"))
"""The ways in which a client can say who it is (MSK API: ClientAuthentication)."""
_ANYBODY = (
    "whoever reaches a broker can then read and write every topic, and delete it "
    '(MSK developer guide: "Authentication and authorization")'
)


def _open(cluster: Resource) -> Iterator[Finding]:
    if cluster.type != CLUSTER:
        return
    if cluster.at("clientAuthentication", "unauthenticated") is True:
        yield Finding(
            f"The Kafka cluster {cluster.name} lets clients in that do not say who they are",
            _ANYBODY,
            "set clientAuthentication.unauthenticated to false; clients say it by IAM (sasl.iam)",
        )
    elif _asks_nobody(cluster):
        yield Finding(
            f"The Kafka cluster {cluster.name} asks no client who it is",
            _ANYBODY,
            "set clientAuthentication.sasl.iam to true",
        )
    to_clients, within = (cluster.at(*_TRANSIT, side) for side in ("clientBroker", "inCluster"))
    if to_clients in ("PLAINTEXT", "TLS_PLAINTEXT") or within is False:
        yield Finding(
            f"The Kafka cluster {cluster.name} speaks without TLS, to clients or between its brokers",
            'records can then be read and changed on the way (MSK developer guide: "Encryption in transit")',
            "set encryptionInfo.encryptionInTransit to clientBroker TLS and inCluster true, which are the defaults",
        )
    if cluster.at("brokerNodeGroupInfo", "connectivityInfo", "publicAccess", "type") == "SERVICE_PROVIDED_EIPS":
        yield Finding(
            f"The brokers of {cluster.name} have public addresses",
            'everybody on the internet can then try to get in (MSK developer guide: "Public access")',
            "remove publicAccess; clients elsewhere come through the VPC's network",
        )


def _asks_nobody(cluster: Resource) -> bool:
    """Whether it surely does."""
    return not any(cluster.at("clientAuthentication", *way) for way in _WHO)


RULES = (ResourceRule("open-kafka", "Kafka clusters ask who a client is, speak TLS and are not public.", _open),)
