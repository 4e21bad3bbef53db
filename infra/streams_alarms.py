"""When Kafka on MSK, or who reads from it, is in trouble: alarms on metrics of MSK's own, of the level that
is free (MSK developer guide: "CloudWatch metrics for Standard brokers")."""

from typing import Literal

import pulumi
import pulumi_aws as aws

from infra.alarms import alarm_name, description

DISK_FILLS = "kafka-disk-fills"
PARTITIONS_OFFLINE = "kafka-partitions-offline"
WEB_ORDERS_WAIT = "web-orders-wait"
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


def watch_web_orders(
    name: str,
    *,
    cluster_arn: pulumi.Input[str],
    topic: str,
    group: str,
    most: int,
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """`most`: so many records of a partition may wait for `group`."""
    cluster = pulumi.Output.from_input(cluster_arn).apply(lambda arn: arn.split("/")[1])
    _alarm(
        f"{name}-wait",
        WEB_ORDERS_WAIT,
        says=f"For a quarter of an hour more than {most} orders of a partition of '{topic}' have waited to be entered "
        "into the databases: the processors are too slow, or stand still.",
        metric="MaxOffsetLag",
        dimensions={"Cluster Name": cluster, "Consumer Group": group, "Topic": topic},
        above=most,
        # A burst that is worked off is no trouble.
        statistic="Minimum",
        periods=3,
        # MSK says nothing of a group whose members come and go, which is trouble or an upgrade.
        missing="ignore",
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
    statistic: Literal["Maximum", "Minimum"] = "Maximum",
    periods: int = 2,
    # MSK says nothing of a broker that it is replacing.
    missing: Literal["notBreaching", "ignore"] = "notBreaching",
) -> None:
    aws.cloudwatch.MetricAlarm(
        name,
        name=alarm_name(pulumi.get_stack(), *title),
        alarm_description=description(says, title[0]),
        namespace="AWS/Kafka",
        metric_name=metric,
        dimensions=dimensions,
        statistic=statistic,
        comparison_operator="GreaterThanThreshold",
        threshold=above,
        period=300,
        evaluation_periods=periods,
        treat_missing_data=missing,
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        opts=opts,
    )
