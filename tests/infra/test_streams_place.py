from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.errors import ConfigurationError
from infra.streams_place import Place, streams_place
from tests.declared import Answering, deploy, settings

SUBNETS = {
    "subnet-1": {"vpcId": "vpc-1", "availabilityZone": "eu-west-1a"},
    "subnet-2": {"vpcId": "vpc-1", "availabilityZone": "eu-west-1a"},
    "subnet-3": {"vpcId": "vpc-1", "availabilityZone": "eu-west-1b"},
    "subnet-4": {"vpcId": "vpc-2", "availabilityZone": "eu-west-1c"},
}
EXISTING_CLUSTER: dict[str, Any] = {"cluster": {"name": "test", "existing": {}}}
OWN: dict[str, Any] = {
    "vpc_id": "vpc-own",
    "subnet_ids": [f"own-{zone}" for zone in "abcd"],
    "security_group_id": "sg-own",
}
NOTHING: dict[str, Any] = {"vpc_id": None, "subnet_ids": [], "security_group_id": None}


def existing_network(*subnets: str) -> dict[str, Any]:
    return {"network": {"existing": {"vpc_id": "vpc-1", "private_subnet_ids": subnets}}}


def place(streams: dict[str, Any], known: dict[str, Any], **changes: Any) -> Place:
    found: list[Place] = []

    def ask() -> None:
        parsed = settings(streams=streams, **changes)
        assert parsed.streams is not None
        opts = pulumi.InvokeOptions(provider=aws.Provider("aws"))
        found.append(streams_place(parsed, parsed.streams, **known, opts=opts))

    def subnet(asked: dict[str, Any]) -> dict[str, str] | str:
        return SUBNETS.get(asked["id"], "InvalidSubnetID.NotFound")

    deploy(ask, Answering(getSubnet=subnet))
    return found[0]


def refused(streams: dict[str, Any], known: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        place(streams, known, **changes)
    return str(error.value).removeprefix("Pulumi.test.yaml: config.flink-lakehouse:settings.")


def test_in_a_network_of_the_stack_brokers_stand_in_three_zones_at_most() -> None:
    assert place({}, OWN) == Place("vpc-own", ["own-a", "own-b", "own-c"], "sg-own")


def test_in_an_existing_network_brokers_stand_in_a_subnet_of_each_zone() -> None:
    found = place({}, OWN, **existing_network("subnet-1", "subnet-2", "subnet-3"))
    assert found == Place("vpc-1", ["subnet-1", "subnet-3"], "sg-own")


def test_in_an_existing_network_the_subnets_can_be_chosen() -> None:
    network = existing_network("subnet-1", "subnet-3")
    chosen = {"subnet_ids": ["subnet-3", "subnet-2"]}
    assert place(chosen, OWN, **network) == Place("vpc-1", ["subnet-3", "subnet-2"], "sg-own")


def test_beside_an_existing_cluster_subnets_and_clients_are_given() -> None:
    given = {"subnet_ids": ["subnet-1", "subnet-3"], "client_security_group_id": "sg-1"}
    assert place(given, NOTHING, **EXISTING_CLUSTER) == Place("vpc-1", ["subnet-1", "subnet-3"], "sg-1")
    for key in given:
        rest = {name: value for name, value in given.items() if name != key}
        assert refused(rest, NOTHING, **EXISTING_CLUSTER).startswith(f"streams.{key}: missing; with cluster.existing")


def test_what_has_no_effect_is_refused() -> None:
    assert "no effect" in refused({"subnet_ids": ["subnet-1", "subnet-3"]}, OWN)
    assert "no effect" in refused({"client_security_group_id": "sg-1"}, OWN)


@pytest.mark.parametrize(
    ("subnets", "problem"),
    [
        (
            ["subnet-1", "subnet-2"],
            "streams.subnet_ids: all of them are in eu-west-1a, and MSK needs two zones; add one of another",
        ),
        (
            ["subnet-1", "subnet-4"],
            "streams.subnet_ids: they are of vpc-1 and vpc-2; brokers need subnets of one VPC",
        ),
        (
            ["subnet-1", "subnet-9"],
            "streams.subnet_ids[1]: cannot find subnet-9:\n  InvalidSubnetID.NotFound\nuse a subnet of this account "
            "and region",
        ),
    ],
)
def test_subnets_that_cannot_hold_a_cluster_are_refused(subnets: list[str], problem: str) -> None:
    given = {"subnet_ids": subnets, "client_security_group_id": "sg-1"}
    assert refused(given, NOTHING, **EXISTING_CLUSTER) == problem
