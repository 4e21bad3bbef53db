"""When the stack's own Kafka is in trouble: alarms on metrics of MSK's own, of the level that
is free (MSK developer guide: "CloudWatch metrics for Standard brokers")."""

import pulumi
import pulumi_aws as aws

from infra.alarms import alarm_name, description

DISK_FILLS = "kafka-disk-fills"
PARTITIONS_OFFLINE = "kafka-partitions-offline"
"""Titles."""

_FULL = 85
"""Percent (MSK developer guide, best practices: "Monitor disk space")."""


def watch_brokers(
    name: str,
    cluster: aws.msk.Cluster,
    *,
    brokers: int,
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    of_cluster: dict[str, pulumi.Input[str]] = {"Cluster Name": cluster.cluster_name}
    _alarm(
        f"{name}-partitions-offline",
        PARTITIONS_OFFLINE,
        says="Partitions of the stack's Kafka have no broker that leads them: nobody can read or write them.",
        metric="OfflinePartitionsCount",
        dimensions=of_cluster,
        above=0,
        topic_arn=topic_arn,
        opts=opts,
    )
    # MSK counts brokers from 1 on.
    for broker in map(str, range(1, brokers + 1)):
        _alarm(
            f"{name}-disk-{broker}",
            DISK_FILLS,
            broker,
            says=f"The disk of Kafka's broker {broker} is {_FULL} % full, and has not grown. A broker with a full disk "
            "stops.",
            metric="KafkaDataLogsDiskUsed",
            dimensions={**of_cluster, "Broker ID": broker},
            above=_FULL,
            topic_arn=topic_arn,
            opts=opts,
        )


def _alarm(
    name: str,
    *title: str,
    says: str,
    metric: str,
    dimensions: dict[str, pulumi.Input[str]],
    above: float,
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    aws.cloudwatch.MetricAlarm(
        name,
        name=alarm_name(pulumi.get_stack(), *title),
        alarm_description=description(says, title[0]),
        namespace="AWS/Kafka",
        metric_name=metric,
        dimensions=dimensions,
        statistic="Maximum",
        comparison_operator="GreaterThanThreshold",
        threshold=above,
        period=300,
        evaluation_periods=2,
        # MSK says nothing of a broker that it is replacing.
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        opts=opts,
    )
