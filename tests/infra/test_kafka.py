"""Which cluster a source of Kafka is, and which it can't be."""

from typing import Any

import pytest

from infra.errors import ConfigurationError
from infra.kafka import KafkaCluster, cluster_of
from infra.settings.sources import KafkaSource
from tests.declared import deploy

OWN = KafkaCluster("own:9098", "arn:aws:kafka:eu-west-1:123456789012:cluster/own/1-2")
ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/0a1b-2"


def found(own: KafkaCluster | None = OWN, **source: Any) -> KafkaCluster:
    settings = KafkaSource.model_validate({"engine": "kafka", "registry": "https://registry", **source})
    clusters: list[KafkaCluster] = []
    deploy(lambda: clusters.append(cluster_of("shop", settings, own)))
    return clusters[0]


def test_a_source_without_brokers_is_the_stacks_own_cluster() -> None:
    assert found() == OWN


def test_one_with_brokers_is_another_cluster_whatever_the_stack_has() -> None:
    assert found(bootstrap_servers="b:9098", cluster_arn=ARN) == KafkaCluster("b:9098", ARN)
    assert found(bootstrap_servers="b:9092", authentication="none") == KafkaCluster("b:9092", None)


@pytest.mark.parametrize(
    ("own", "source", "problem"),
    [
        (OWN, {"registry": None}, "registry: missing; it is the URL of the schema registry of its records"),
        (None, {}, "bootstrap_servers: missing; name those of an existing cluster, or let the stack have its own"),
        (
            OWN,
            {"authentication": "none"},
            "authentication: 'none', and the stack's own Kafka asks every client by IAM who it is; remove the key, "
            "or name another cluster by bootstrap_servers",
        ),
    ],
)
def test_what_is_no_cluster_or_lets_in_nobody_is_refused(
    own: KafkaCluster | None, source: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        found(own, **source)
    assert str(refused.value).startswith(f"Pulumi.test.yaml: config.flink-lakehouse:settings.sources.shop.{problem}")
