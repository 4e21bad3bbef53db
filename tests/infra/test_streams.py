import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pydantic import ValidationError

from infra.errors import ConfigurationError
from infra.job_kinds import JobFiles
from infra.job_manifest import JobManifest
from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.settings import Settings
from infra.settings.streams import StreamsSettings
from infra.streams import Streams, check_topics, server_properties
from infra.streams_alarms import DISK_FILLS, PARTITIONS_OFFLINE
from infra.streams_place import Place
from infra.versions import KAFKA
from sandbox.cloud import Declared, DeclaredOnly
from sandbox.program import run_program
from tests.declared import PROJECT, Cloud, copied, deploy, document

CLUSTER = "aws:msk/cluster:Cluster"
TOPIC = "aws:msk/topic:Topic"
ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/streams/1-2"
FREE = {"KafkaDataLogsDiskUsed", "MaxOffsetLag", "OfflinePartitionsCount"}
"""Of the metrics that there are whatever `metrics` says, those of alarms (MSK developer guide: "CloudWatch metrics for
Standard brokers", DEFAULT level)."""
THREE = ("subnet-1", "subnet-2", "subnet-3")


class Msk(DeclaredOnly):
    """With what MSK says of a cluster once it runs."""

    def __init__(self) -> None:
        super().__init__("eu-west-1")

    def create(self, type_: str, name: str, inputs: dict[str, Any]) -> Declared:
        made = super().create(type_, name, inputs)
        if type_ != CLUSTER:
            return made
        more = {"bootstrapBrokersSaslIam": "b-1:9098,b-2:9098", "arn": ARN, "clusterName": name}
        return Declared(made.type, made.name, made.inputs, {**made.outputs, **more}, made.id, made.real)


def streams(
    *, subnets: tuple[str, ...] = THREE, disposable: bool = False, made: list[Streams] | None = None, **settings: Any
) -> Cloud:
    place = Place("vpc-1", subnets, "sg-nodes")
    parsed = StreamsSettings.model_validate(settings)
    made = made if made is not None else []
    return deploy(
        lambda: made.append(Streams("streams", parsed, place=place, topic_arn="arn:topic", disposable=disposable)),
        Msk(),
    )


def brokers(**settings: Any) -> dict[str, Any]:
    return streams(**settings).inputs(CLUSTER, "streams")


def test_each_zone_has_its_brokers() -> None:
    made = brokers()
    assert made["brokerNodeGroupInfo"]["clientSubnets"] == list(THREE)
    assert made["brokerNodeGroupInfo"]["instanceType"] == "kafka.m7g.large"
    assert (made["numberOfBrokerNodes"], made["kafkaVersion"]) == (3, KAFKA)
    assert brokers(brokers_per_zone=2)["numberOfBrokerNodes"] == 6
    assert brokers(subnets=THREE[:2], broker="kafka.m7g.xlarge")["numberOfBrokerNodes"] == 2


def test_a_client_says_by_iam_who_it_is_over_tls() -> None:
    made = brokers()
    assert made["clientAuthentication"] == {"sasl": {"iam": True}, "unauthenticated": False}
    assert made["encryptionInfo"]["encryptionInTransit"] == {"clientBroker": "TLS", "inCluster": True}


def test_disks_are_encrypted_with_a_key_that_rotates() -> None:
    cloud = streams()
    at_rest = cloud.inputs(CLUSTER, "streams")["encryptionInfo"]["encryptionAtRestKmsKeyArn"]
    assert at_rest == "arn:aws:kms:eu-west-1:123456789012:key/streams"
    assert cloud.inputs("aws:kms/key:Key", "streams")["enableKeyRotation"] is True


def test_only_pods_of_jobs_reach_a_broker_and_only_where_it_asks_who_they_are() -> None:
    cloud = streams()
    (group,) = cloud.program.of_kind("SecurityGroup")
    (rule,) = cloud.program.of_kind("SecurityGroupIngressRule")
    assert group.inputs["vpcId"] == "vpc-1"
    assert "ingress" not in group.inputs
    assert rule.inputs["securityGroupId"] == group.id
    assert rule.inputs["referencedSecurityGroupId"] == "sg-nodes"
    assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("tcp", 9098, 9098)
    assert brokers()["brokerNodeGroupInfo"]["securityGroups"] == [group.id]


@pytest.mark.parametrize(("copies", "in_sync"), [(3, 2), (2, 1)])
def test_a_broker_that_restarts_keeps_nobody_from_writing(copies: int, in_sync: int) -> None:
    properties = server_properties(StreamsSettings(retention_hours=24), copies=copies).splitlines()
    assert f"default.replication.factor={copies}" in properties
    assert f"min.insync.replicas={in_sync}" in properties
    assert {"auto.create.topics.enable=false", "unclean.leader.election.enable=false"} <= set(properties)
    assert "log.retention.hours=24" in properties


def test_other_properties_are_another_configuration() -> None:
    (week,), (day,) = (streams(retention_hours=hours).program.of_kind("Configuration") for hours in (168, 24))
    assert week.name != day.name
    assert week.inputs["kafkaVersions"] == [KAFKA]


def test_disks_grow_and_are_never_made_smaller() -> None:
    cloud = streams(disk_gib=50, disk_limit_gib=500)
    made = cloud.inputs(CLUSTER, "streams")
    assert made["brokerNodeGroupInfo"]["storageInfo"]["ebsStorageInfo"]["volumeSize"] == 50
    target = cloud.inputs("aws:appautoscaling/target:Target", "streams")
    assert (target["serviceNamespace"], target["maxCapacity"]) == ("kafka", 500)
    assert target["scalableDimension"] == "kafka:broker-storage:VolumeSize"
    policy = cloud.inputs("aws:appautoscaling/policy:Policy", "streams")
    tracking = policy["targetTrackingScalingPolicyConfiguration"]
    assert (tracking["disableScaleIn"], 50 <= tracking["targetValue"] <= 60) == (True, True)
    assert policy["resourceId"] == target["resourceId"]


def test_logs_of_brokers_are_kept_for_a_while() -> None:
    cloud = streams(log_days=30)
    group = cloud.inputs("aws:cloudwatch/logGroup:LogGroup", "streams-brokers")
    told = cloud.inputs(CLUSTER, "streams")["loggingInfo"]["brokerLogs"]["cloudwatchLogs"]
    assert group["retentionInDays"] == 30
    assert told == {"enabled": True, "logGroup": "streams-brokers"}


def test_metrics_that_cost_are_a_choice() -> None:
    assert brokers()["enhancedMonitoring"] == "DEFAULT"
    assert brokers(metrics="per-broker")["enhancedMonitoring"] == "PER_BROKER"


def test_topics_have_a_copy_in_each_zone() -> None:
    cloud = streams(
        topics={"weborders": {"partitions": 6, "retention_hours": 48}, "customers": {"compacted": True}, "plain": {}}
    )
    made = {name: cloud.inputs(TOPIC, f"streams-{name}") for name in ("weborders", "customers", "plain")}
    assert [each["name"] for each in made.values()] == list(made)
    assert {each["replicationFactor"] for each in made.values()} == {3}
    assert [each["partitionCount"] for each in made.values()] == [6, 3, 3]
    configs = [json.loads(each["configs"]) for each in made.values()]
    assert configs == [
        {"cleanup.policy": "delete", "retention.ms": "172800000"},
        {"cleanup.policy": "compact"},
        {"cleanup.policy": "delete"},
    ]


def test_what_holds_records_is_protected_unless_disposable() -> None:
    for disposable in (False, True):
        cloud = streams(topics={"weborders": {}}, disposable=disposable)
        protected = {each.kind for each in cloud.program.resources if each.protect}
        assert protected == (set() if disposable else {"Cluster", "Key", "Topic"})


def test_people_hear_of_full_disks_and_of_partitions_that_nobody_leads() -> None:
    cloud = streams(brokers_per_zone=2)
    alarms = {each.inputs["name"]: each.inputs for each in cloud.program.of_kind("MetricAlarm")}
    front = "flink-lakehouse-test"
    disks = [f"{front}/{DISK_FILLS}/{broker}" for broker in range(1, 7)]
    assert set(alarms) == {f"{front}/{PARTITIONS_OFFLINE}", *disks}
    name = cloud.inputs(CLUSTER, "streams").get("clusterName", "streams")
    for broker, disk in enumerate(disks, start=1):
        assert alarms[disk]["dimensions"] == {"Cluster Name": name, "Broker ID": str(broker)}
        assert (alarms[disk]["metricName"], alarms[disk]["threshold"]) == ("KafkaDataLogsDiskUsed", 85)
    assert alarms[f"{front}/{PARTITIONS_OFFLINE}"]["threshold"] == 0
    assert {alarm["namespace"] for alarm in alarms.values()} == {"AWS/Kafka"}
    assert {alarm["metricName"] for alarm in alarms.values()} <= FREE
    assert all(alarm["alarmActions"] == alarm["okActions"] == ["arn:topic"] for alarm in alarms.values())
    docs = (PROJECT / "docs" / "observability.md").read_text()
    for alarm in alarms.values():
        assert f"\n### {alarm['alarmDescription'].rpartition('#')[2]}\n" in docs


def test_jobs_are_told_of_the_cluster_once_its_topics_are_there() -> None:
    made: list[Streams] = []
    told: list[KafkaCluster] = []

    def declare() -> None:
        place = Place("vpc-1", THREE, "sg-nodes")
        parsed = StreamsSettings.model_validate({"topics": {"weborders": {}}})
        made.append(Streams("streams", parsed, place=place, topic_arn="arn:topic", disposable=True))
        cluster = made[0].cluster
        pulumi.Output.all(cluster.bootstrap_servers, cluster.arn).apply(
            lambda known: told.append(KafkaCluster(str(known[0]), str(known[1])))
        )

    deploy(declare, Msk())
    assert told == [KafkaCluster("b-1:9098,b-2:9098", ARN)]


@pytest.mark.parametrize(
    ("settings", "where", "problem"),
    [
        ({"disk_gib": 200, "disk_limit_gib": 100}, "disk_limit_gib", "100 is less than the disk_gib of 200"),
        ({"topics": {"a": {"partitions": 1001}}}, "topics", "a kafka.m7g.large takes 1000"),
        ({"topics": {"a": {"compacted": True, "retention_hours": 1}}}, "retention_hours", "no effect on a compacted"),
        ({"topics": {"no spaces": {}}}, "topics", "pattern"),
        ({"broker": "kafka.t3.small"}, "broker", "kafka.m7g.large"),
    ],
)
def test_what_msk_would_refuse_is_refused_before(settings: dict[str, Any], where: str, problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        StreamsSettings.model_validate(settings)
    (error,) = refused.value.errors()
    assert problem in str(error["msg"])
    cause = error.get("ctx", {}).get("error")
    assert where in [*error["loc"], *getattr(cause, "location", ())]


def test_partitions_are_shared_by_a_zones_brokers() -> None:
    many = {"a": {"partitions": 2000}}
    StreamsSettings.model_validate({"brokers_per_zone": 2, "topics": many})


def reading(topic: str) -> Job:
    reads = [{"source": "shop", "topics": [topic]}]
    manifest = JobManifest.model_validate({"description": "d", "owner": "o", "reads": reads})
    return Job("copy", JobFiles("sql", "job.sql", {}), manifest, (), Path("jobs/copy"))


def with_shop(**source: Any) -> Settings:
    shop = {"engine": "kafka", "registry": "https://registry", **source}
    streams: dict[str, Any] = {"topics": {"weborders": {}}}
    return Settings.model_validate(document(sources={"shop": shop}, streams=streams))


def test_a_topic_that_a_job_reads_must_be_one_that_there_will_be() -> None:
    deploy(lambda: check_topics(with_shop(), [reading("weborders")]))
    with pytest.raises(ConfigurationError) as refused:
        deploy(lambda: check_topics(with_shop(), [reading("webordres")]))
    assert str(refused.value) == (
        "Pulumi.test.yaml: config.flink-lakehouse:settings.streams.topics: no topic 'webordres', which jobs/copy "
        "reads; did you mean 'weborders'?\nadd it to these"
    )


def test_topics_of_another_cluster_are_not_looked_for_here() -> None:
    other = with_shop(bootstrap_servers="broker:9092", authentication="none")
    deploy(lambda: check_topics(other, [reading("payments")]))
    without = Settings.model_validate(document(sources=other.model_dump()["sources"]))
    deploy(lambda: check_topics(without, [reading("payments")]))


def test_a_job_that_reads_the_stacks_own_kafka_may_do_so_and_knows_where_it_is(tmp_path: Path) -> None:
    project = copied(tmp_path)
    stack = project / "Pulumi.prod.yaml"
    told = yaml.safe_load(stack.read_text())
    (settings,) = told["config"].values()
    settings["streams"] = {"topics": {"weborders": {}}}
    settings["sources"]["shop"] = {"engine": "kafka", "registry": "https://registry.example.com"}
    stack.write_text(yaml.safe_dump(told))
    job = project / "jobs" / "enriched-orders" / "job.yaml"
    manifest = yaml.safe_load(job.read_text())
    manifest["reads"].append({"source": "shop", "topics": ["weborders"]})
    job.write_text(yaml.safe_dump(manifest))

    made = Cloud(run_program(project, "prod", Msk()))
    arn = "arn:aws:kafka:eu-west-1:123456789012:topic/streams/1-2/weborders"
    granted = json.loads(made.inputs("aws:iam/rolePolicy:RolePolicy", "enriched-orders")["policy"])["Statement"]
    assert [arn] in [each["Resource"] for each in granted if "kafka-cluster:ReadData" in each["Action"]]
    (deployment,) = made.program.of_kind("FlinkDeployment")
    assert "b-1:9098,b-2:9098" in json.dumps(deployment.inputs["spec"])
    (rule,) = [each for each in made.program.of_kind("SecurityGroupIngressRule") if each.inputs["fromPort"] == 9098]
    nodes = made.inputs("aws:eks/cluster:Cluster", "cluster")["name"]
    assert rule.inputs["referencedSecurityGroupId"] == f"sg-{nodes}"
    subnets = made.inputs(CLUSTER, "streams")["brokerNodeGroupInfo"]["clientSubnets"]
    assert subnets == [f"network-private-{zone}" for zone in "abc"]
