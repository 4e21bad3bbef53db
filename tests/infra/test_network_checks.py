from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.errors import ConfigurationError
from infra.network_checks import check_existing, check_zones
from infra.settings.network import ExistingNetwork, Zone
from tests.declared import Answering, deploy

Check = Callable[[pulumi.InvokeOptions], None]


def ask(check: Check, **answers: Any) -> None:
    deploy(lambda: check(pulumi.InvokeOptions(provider=aws.Provider("aws"))), Answering(**answers))


def refused(check: Check, **answers: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        ask(check, **answers)
    message = str(error.value)
    assert len(message.splitlines()) <= 5
    return message.removeprefix("Pulumi.test.yaml: config.flink-lakehouse:settings.")


def zones(*wanted: Zone, region: str = "eu-west-1") -> Check:
    return lambda opts: check_zones(wanted, region=region, opts=opts)


def test_zones_of_the_region_are_fine() -> None:
    ask(zones("a", "c"))


def test_a_zone_that_the_region_does_not_have_is_refused_with_those_it_has() -> None:
    assert refused(zones("a", "d")) == (
        "network.zones: eu-west-1 has no zone 'd' that EKS can use for this account; it has a, b, c"
    )


def test_a_zone_that_eks_cannot_use_is_refused_whatever_its_letter_is_here() -> None:
    found = {"names": ["us-east-1a", "us-east-1b", "us-east-1e"], "zoneIds": ["use1-az1", "use1-az3", "use1-az2"]}
    assert refused(zones("a", "b", region="us-east-1"), getAvailabilityZones=found) == (
        "network.zones: us-east-1 has no zone 'b' that EKS can use for this account; it has a, e"
    )


def test_a_region_whose_zones_nobody_tells_is_refused_with_the_reason() -> None:
    assert refused(zones("a", "b"), getAvailabilityZones="UnauthorizedOperation") == (
        "aws.region: cannot ask AWS for the zones of eu-west-1:\n  UnauthorizedOperation\n"
        "whoever deploys needs ec2:DescribeAvailabilityZones there"
    )


def existing(*subnets: str, service_cidr: str = "172.20.0.0/16") -> Check:
    network = ExistingNetwork.model_validate({"vpc_id": "vpc-1", "private_subnet_ids": subnets})
    return lambda opts: check_existing(network, service_cidr=service_cidr, opts=opts)


VPC = {
    "cidrBlock": "10.0.0.0/16",
    "cidrBlockAssociations": [{"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.9.0.0/16"}],
}
SUBNETS = {
    "subnet-1": {"vpcId": "vpc-1", "availabilityZone": "eu-west-1a"},
    "subnet-2": {"vpcId": "vpc-1", "availabilityZone": "eu-west-1b"},
    "subnet-3": {"vpcId": "vpc-1", "availabilityZone": "eu-west-1a"},
    "subnet-4": {"vpcId": "vpc-2", "availabilityZone": "eu-west-1c"},
}


def subnet(arguments: dict[str, str]) -> dict[str, str] | str:
    return SUBNETS.get(arguments["id"], "no matching EC2 Subnet found")


ANSWERS: dict[str, Any] = {"getVpc": VPC, "getSubnet": subnet}


def test_subnets_of_the_vpc_in_two_zones_are_fine() -> None:
    ask(existing("subnet-1", "subnet-2", "subnet-3"), **ANSWERS)


def test_a_vpc_that_does_not_exist_is_refused() -> None:
    assert refused(existing("subnet-1", "subnet-2"), getVpc="no matching EC2 VPC found") == (
        "network.existing.vpc_id: cannot find vpc-1:\n  no matching EC2 VPC found\nuse a VPC of this account and region"
    )


def test_subnets_of_one_zone_are_refused() -> None:
    assert refused(existing("subnet-1", "subnet-3"), **ANSWERS) == (
        "network.existing.private_subnet_ids: all of them are in eu-west-1a, and EKS needs two zones; "
        "add a subnet of another one"
    )


def test_a_subnet_of_another_vpc_is_refused() -> None:
    assert refused(existing("subnet-1", "subnet-4"), **ANSWERS) == (
        "network.existing.private_subnet_ids[1]: subnet-4 is in vpc-2, not in vpc-1; use subnets of one VPC"
    )


def test_a_subnet_that_does_not_exist_is_refused() -> None:
    assert refused(existing("subnet-1", "subnet-9"), **ANSWERS) == (
        "network.existing.private_subnet_ids[1]: cannot find subnet-9:\n"
        "  no matching EC2 Subnet found\nuse subnets of vpc-1"
    )


def test_services_over_any_addresses_of_the_vpc_are_refused() -> None:
    assert refused(existing("subnet-1", "subnet-2", service_cidr="10.9.128.0/20"), **ANSWERS) == (
        "cluster.service_cidr: 10.9.128.0/20 overlaps 10.9.0.0/16 of vpc-1, which pods could then not reach; "
        "choose another one"
    )
