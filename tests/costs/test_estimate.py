from functools import cache
from typing import get_args

import pytest

from costs.estimate import estimate
from costs.ledger import Estimate
from costs.resources import Resource, Stack
from costs.stacks import PLAYED
from costs.streams import declared
from costs.usage import HOURS, Usage
from infra.errors import ConfigurationError
from infra.settings.streams import Broker, StreamsSettings, TopicSettings
from infra.streams import Streams
from infra.streams_place import Place
from sandbox.cloud import DeclaredOnly
from sandbox.program import run_program
from tests.declared import JOBS, PROJECT, STACKS, deploy

DEPLOYED = [stack for stack in STACKS if stack not in PLAYED]


@cache
def stack(name: str) -> Stack:
    return Stack.declared(run_program(PROJECT, name, DeclaredOnly("eu-west-1")))


def found(name: str) -> Estimate:
    return estimate(stack(name), region="eu-west-1")


def quantity(resources: Stack, what: str) -> float:
    return sum(item.quantity for item in estimate(resources, region="eu-west-1").items if item.what == what)


@pytest.mark.parametrize("name", DEPLOYED)
def test_every_kind_of_resource_has_a_price_or_is_known_to_be_free(name: str) -> None:
    assert found(name).unpriced == [], "put it into costs/free.py, or into costs/ with a price in costs/prices.yaml"


def test_a_kind_that_nobody_knows_is_said() -> None:
    assert estimate(Stack.of([Resource("aws:redshift/cluster:Cluster", "dear", {})]), region="eu-west-1").unpriced == [
        "aws:redshift/cluster:Cluster"
    ]


@pytest.mark.parametrize("name", DEPLOYED)
def test_what_stands_there_is_counted(name: str) -> None:
    resources = stack(name)
    nat = resources.count("aws:ec2/natGateway:NatGateway")
    assert quantity(resources, "NAT gateways") == nat * HOURS
    assert quantity(resources, "addresses of NAT gateways") == nat * HOURS
    assert quantity(resources, "keys") == resources.count("aws:kms/key:Key")
    assert quantity(resources, "EKS") == HOURS
    assert quantity(resources, "entries of sources") == 2


def test_an_interface_endpoint_counts_in_each_zone() -> None:
    endpoint = {"vpcEndpointType": "Interface", "subnetIds": ["a", "b", "c"]}
    gateway = {"vpcEndpointType": "Gateway", "routeTableIds": ["a"]}
    resources = [
        Resource("aws:ec2/vpcEndpoint:VpcEndpoint", "sts", endpoint),
        Resource("aws:ec2/vpcEndpoint:VpcEndpoint", "glue", endpoint),
        Resource("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", gateway),
    ]
    assert quantity(Stack.of(resources), "interface endpoints") == 6 * HOURS


def test_an_alarm_counts_by_its_metrics_and_a_metric_once() -> None:
    def series(name: str, namespace: str = "FlinkLakehouse/prod") -> dict[str, object]:
        return {"metric": {"namespace": namespace, "metricName": name, "dimensions": {"job_name": "orders"}}}

    alarm = "aws:cloudwatch/metricAlarm:MetricAlarm"
    resources = [
        Resource(alarm, "lag", {"metricQueries": [series("lag"), series("rate"), {"expression": "lag / rate"}]}),
        Resource(alarm, "rate", {"metricQueries": [series("rate")]}),
        Resource(alarm, "aws", {"namespace": "AWS/States", "metricName": "Failed", "dimensions": {"a": "b"}}),
    ]
    assert quantity(Stack.of(resources), "alarms") == 4
    assert quantity(Stack.of(resources), "metrics") == 2


def test_a_kafka_cluster_costs_by_its_brokers() -> None:
    two = declared("kafka.m7g.xlarge", brokers=6, disk_gib=50, monitoring="PER_BROKER")
    assert quantity(two, "brokers, kafka.m7g.xlarge") == 6 * 2 * HOURS
    assert quantity(two, "disks of brokers") == 300
    assert quantity(two, "metrics of brokers") == 6 * Usage().broker_metrics
    small = declared("kafka.m7g.large", brokers=2, disk_gib=50, monitoring="DEFAULT")
    assert quantity(small, "metrics of brokers") == 0
    assert estimate(small, region="us-east-1").by_component().keys() == {"Streams"}


@pytest.mark.parametrize("broker", get_args(Broker))
def test_what_a_cluster_is_made_of_has_a_price_or_is_free(broker: Broker) -> None:
    """Not in any stack file, so declared here."""
    settings = StreamsSettings(broker=broker, topics={"weborders": TopicSettings()})
    place = Place("vpc-1", ("subnet-1", "subnet-2"), "sg-nodes")
    made = deploy(lambda: Streams("streams", settings, place=place, topic_arn="arn:topic", disposable=True))
    found = estimate(Stack.declared(made.program), region="eu-west-1")
    assert found.unpriced == []
    assert found.by_component()["Streams"] > 50


@pytest.mark.parametrize("name", DEPLOYED)
def test_components_and_jobs_add_up(name: str) -> None:
    whole = found(name)
    assert sum(whole.by_component().values()) == pytest.approx(whole.total)
    jobs = sum(sum(whole.of_job(job).values()) for job in JOBS)
    assert 0 < jobs < whole.total


def test_production_costs_more_than_development() -> None:
    assert found("prod").total > found("dev").total
    assert found("prod").by_component()["Network"] > found("dev").by_component()["Network"]


def test_a_region_without_prices_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no prices for the region 'ap-south-1'"):
        estimate(Stack.of([]), region="ap-south-1")
