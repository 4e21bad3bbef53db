from typing import Any

import pytest

from policy.kafka import CLUSTER
from tests.policy.given import UNKNOWN, Given, findings

RULE = "open-kafka"


def cluster(**changes: Any) -> Given:
    inputs: dict[str, Any] = {
        "clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": False},
        "encryptionInfo": {"encryptionInTransit": {"clientBroker": "TLS", "inCluster": True}},
        "brokerNodeGroupInfo": {"clientSubnets": ["subnet-1", "subnet-2"]},
    }
    return Given(CLUSTER, "streams", inputs | changes)


def in_transit(**settings: Any) -> dict[str, Any]:
    return {"encryptionInfo": {"encryptionInTransit": settings}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        # What MSK does where nothing is said of it.
        {"encryptionInfo": None},
        {"clientAuthentication": {"tls": {"certificateAuthorityArns": ["arn:aws:acm-pca:eu-west-1:1:ca/1"]}}},
        {"clientAuthentication": {"sasl": {"scram": True}}},
        {"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "DISABLED"}}}},
    ],
)
def test_a_cluster_that_asks_who_is_there_passes(changes: dict[str, Any]) -> None:
    assert findings(RULE, cluster(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"clientAuthentication": {"sasl": {"iam": True}, "unauthenticated": True}}, "do not say who they are"),
        ({"clientAuthentication": {"sasl": {"iam": False}}}, "asks no client who it is"),
        ({"clientAuthentication": {"tls": {"certificateAuthorityArns": []}}}, "asks no client who it is"),
        ({"clientAuthentication": None}, "asks no client who it is"),
        (in_transit(clientBroker="PLAINTEXT"), "without TLS"),
        (in_transit(clientBroker="TLS_PLAINTEXT", inCluster=True), "without TLS"),
        (in_transit(clientBroker="TLS", inCluster=False), "without TLS"),
        (
            {"brokerNodeGroupInfo": {"connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}}},
            "public addresses",
        ),
    ],
)
def test_each_way_in_that_is_open_is_found(changes: dict[str, Any], wrong: str) -> None:
    (message,) = findings(RULE, cluster(**changes))
    assert wrong in message


@pytest.mark.parametrize(
    "changes",
    [
        {"clientAuthentication": UNKNOWN},
        {"clientAuthentication": {"sasl": {"iam": UNKNOWN}}},
        {"encryptionInfo": UNKNOWN, "brokerNodeGroupInfo": UNKNOWN},
        in_transit(clientBroker=UNKNOWN, inCluster=UNKNOWN),
    ],
)
def test_what_a_preview_cannot_know_is_neither_right_nor_wrong(changes: dict[str, Any]) -> None:
    assert findings(RULE, cluster(**changes)) == []


def test_other_clusters_are_none_of_kafkas() -> None:
    assert findings(RULE, Given("aws:eks/cluster:Cluster", "cluster", {})) == []
