"""The stack's own Kafka on Amazon MSK: brokers, topics, and who reaches them (docs/streams.md)."""

import hashlib
import json
from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.settings import Settings, wrong_setting
from infra.settings.streams import StreamsSettings, TopicSettings
from infra.streams_alarms import watch_brokers
from infra.streams_place import Place
from infra.validation import nearest
from infra.versions import KAFKA

_IAM_PORT = 9098
"""MSK developer guide: "Port information"."""
_FULL = 60
"""Percent of a disk at which it grows (MSK developer guide, "Auto-scaling policy details": 50 to 60)."""
_HOUR_MS = 3_600_000


class Streams(pulumi.ComponentResource):
    """A Kafka cluster over two or three zones that asks who a client is by IAM, over TLS alone.

    Pods of jobs reach it, and nothing else does; what one may do in it is in its role.
    """

    cluster: KafkaCluster
    """Known once its topics are there."""

    def __init__(
        self,
        name: str,
        settings: StreamsSettings,
        *,
        place: Place,
        topic_arn: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`topic_arn`: who is told when it is in trouble."""
        super().__init__("lakehouse:index:Streams", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        self._protected = pulumi.ResourceOptions(parent=self, protect=not disposable)
        key = aws.kms.Key(
            name,
            description="Encrypts the disks of the Kafka brokers",
            enable_key_rotation=True,
            deletion_window_in_days=7 if disposable else 30,
            opts=self._protected,
        )
        cluster = self._brokers(settings, place, key)
        self._let_grow(cluster, settings)
        copies = len(place.subnet_ids)
        watch_brokers(name, cluster, brokers=copies * settings.brokers_per_zone, topic_arn=topic_arn, opts=self._child)
        topics = [self._topic(cluster, topic, each, copies) for topic, each in settings.topics.items()]
        ready = pulumi.Output.all(cluster.bootstrap_brokers_sasl_iam, cluster.arn, *[topic.arn for topic in topics])
        self.cluster = KafkaCluster(ready.apply(lambda known: str(known[0])), ready.apply(lambda known: str(known[1])))
        self.register_outputs({"bootstrap_servers": self.cluster.bootstrap_servers, "arn": self.cluster.arn})

    def _brokers(self, settings: StreamsSettings, place: Place, key: aws.kms.Key) -> aws.msk.Cluster:
        log_group = aws.cloudwatch.LogGroup(
            f"{self._name}-brokers", retention_in_days=settings.log_days, opts=self._child
        )
        configuration = self._configuration(settings, copies=len(place.subnet_ids))
        return aws.msk.Cluster(
            self._name,
            kafka_version=KAFKA,
            number_of_broker_nodes=len(place.subnet_ids) * settings.brokers_per_zone,
            broker_node_group_info={
                "instance_type": settings.broker,
                "client_subnets": list(place.subnet_ids),
                "security_groups": [self._security_group(place)],
                "storage_info": {"ebs_storage_info": {"volume_size": settings.disk_gib}},
            },
            client_authentication={"sasl": {"iam": True}, "unauthenticated": False},
            encryption_info={
                "encryption_at_rest_kms_key_arn": key.arn,
                "encryption_in_transit": {"client_broker": "TLS", "in_cluster": True},
            },
            configuration_info={"arn": configuration.arn, "revision": configuration.latest_revision},
            logging_info={"broker_logs": {"cloudwatch_logs": {"enabled": True, "log_group": log_group.name}}},
            enhanced_monitoring="PER_BROKER" if settings.metrics == "per-broker" else "DEFAULT",
            opts=pulumi.ResourceOptions.merge(
                self._protected,
                # A disk that has grown would be made smaller again, which MSK refuses.
                pulumi.ResourceOptions(ignore_changes=["brokerNodeGroupInfo.storageInfo.ebsStorageInfo.volumeSize"]),
            ),
        )

    def _security_group(self, place: Place) -> pulumi.Output[str]:
        group = aws.ec2.SecurityGroup(self._name, description="Kafka brokers", vpc_id=place.vpc_id, opts=self._child)
        rule = aws.vpc.SecurityGroupIngressRule(
            self._name,
            security_group_id=group.id,
            description="Kafka by IAM, from the pods of jobs",
            referenced_security_group_id=place.client_security_group_id,
            ip_protocol="tcp",
            from_port=_IAM_PORT,
            to_port=_IAM_PORT,
            opts=self._child,
        )
        return pulumi.Output.all(group.id, rule.id).apply(lambda known: str(known[0]))

    def _configuration(self, settings: StreamsSettings, *, copies: int) -> aws.msk.Configuration:
        properties = server_properties(settings, copies=copies)
        # Another one for other properties: a preview then shows that brokers restart, one after the other. A new
        # revision of the same one is only known once it is made.
        digest = hashlib.sha256(properties.encode()).hexdigest()[:8]
        return aws.msk.Configuration(
            f"{self._name}-{digest}", kafka_versions=[KAFKA], server_properties=properties, opts=self._child
        )

    def _let_grow(self, cluster: aws.msk.Cluster, settings: StreamsSettings) -> None:
        target = aws.appautoscaling.Target(
            self._name,
            service_namespace="kafka",
            scalable_dimension="kafka:broker-storage:VolumeSize",
            resource_id=cluster.arn,
            min_capacity=1,
            max_capacity=settings.disk_limit_gib,
            opts=self._child,
        )
        aws.appautoscaling.Policy(
            self._name,
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            policy_type="TargetTrackingScaling",
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": {"predefined_metric_type": "KafkaBrokerStorageUtilization"},
                "target_value": _FULL,
                # MSK makes no disk smaller.
                "disable_scale_in": True,
            },
            opts=self._child,
        )

    def _topic(self, cluster: aws.msk.Cluster, name: str, settings: TopicSettings, copies: int) -> aws.msk.Topic:
        return aws.msk.Topic(
            f"{self._name}-{name}",
            cluster_arn=cluster.arn,
            name=name,
            partition_count=settings.partitions,
            replication_factor=copies,
            configs=json.dumps(_topic_properties(settings)),
            opts=self._protected,
        )


def server_properties(settings: StreamsSettings, *, copies: int) -> str:
    """Of every broker (MSK developer guide: "Custom Amazon MSK configurations")."""
    properties = {
        "auto.create.topics.enable": "false",
        "default.replication.factor": copies,
        # One copy fewer than there are: a broker that restarts, as each does for a patch, keeps nobody from writing.
        "min.insync.replicas": copies - 1,
        "unclean.leader.election.enable": "false",
        "log.retention.hours": settings.retention_hours,
    }
    return "".join(f"{key}={value}\n" for key, value in properties.items())


def _topic_properties(settings: TopicSettings) -> dict[str, str]:
    if settings.compacted:
        return {"cleanup.policy": "compact"}
    kept = {"retention.ms": str(settings.retention_hours * _HOUR_MS)} if settings.retention_hours is not None else {}
    return {"cleanup.policy": "delete", **kept}


def check_topics(settings: Settings, jobs: Sequence[Job]) -> None:
    """Raise `ConfigurationError` for a topic that a job reads from the stack's own Kafka, and that it won't have."""
    if settings.streams is None:
        return
    known = list(settings.streams.topics)
    for job in jobs:
        for read in job.manifest.reads:
            source = settings.sources[read.source]
            if source.engine != "kafka" or source.bootstrap_servers is not None:
                continue
            for topic in read.topics:
                if topic not in known:
                    problem = f"no topic '{topic}', which jobs/{job.name} reads{nearest(topic, known)}\nadd it to these"
                    raise wrong_setting("streams.topics", problem)
