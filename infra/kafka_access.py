"""What a role may do in an MSK cluster that asks clients who they are by IAM."""

import hashlib
from collections.abc import Sequence

from infra.iam_policy import Statement, allow


def read_statements(cluster_arn: str, topics: Sequence[str], *, group_prefix: str) -> list[Statement]:
    """To read `topics` in consumer groups whose names begin with `group_prefix`.

    Each action stands with those that it requires, on ARNs that differ from the cluster's by their kind and last part
    (MSK developer guide: "Semantics of IAM authorization policy actions and resources").
    """
    # A job may read several clusters, and a policy's statements are told apart.
    mark = hashlib.sha256("/".join((cluster_arn, *topics)).encode()).hexdigest()[:8]
    return [
        allow(f"Kafka{mark}", ["kafka-cluster:Connect"], [cluster_arn]),
        allow(
            f"Topics{mark}",
            ["kafka-cluster:DescribeTopic", "kafka-cluster:ReadData"],
            [_within(cluster_arn, "topic", topic) for topic in topics],
        ),
        allow(
            f"Groups{mark}",
            ["kafka-cluster:DescribeGroup", "kafka-cluster:AlterGroup"],
            [_within(cluster_arn, "group", f"{group_prefix}*")],
        ),
    ]


def write_statements(cluster_arn: str, topics: Sequence[str]) -> list[Statement]:
    """To write to `topics` as Kafka's producers do by default, without doubles, and to create those that are missing;
    each action with those that it requires."""
    mark = hashlib.sha256("/".join((cluster_arn, *topics)).encode()).hexdigest()[:8]
    return [
        allow(f"Producer{mark}", ["kafka-cluster:Connect", "kafka-cluster:WriteDataIdempotently"], [cluster_arn]),
        allow(
            f"Written{mark}",
            ["kafka-cluster:DescribeTopic", "kafka-cluster:CreateTopic", "kafka-cluster:WriteData"],
            [_within(cluster_arn, "topic", topic) for topic in topics],
        ),
    ]


def _within(cluster_arn: str, kind: str, name: str) -> str:
    return f"{cluster_arn.replace(':cluster/', f':{kind}/', 1)}/{name}"
