import ipaddress
from typing import Any

import pytest

from infra.network import Network
from infra.settings.network import NetworkSettings
from tests.declared import Cloud, deploy

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
GATEWAY = {"id": "tgw-1", "cidrs": ["10.0.0.0/16", "192.168.0.0/20"]}


def network(**settings: Any) -> Cloud:
    parsed = NetworkSettings.model_validate(settings)
    return deploy(lambda: Network("network", parsed, region="eu-west-1"))


def subnets(cloud: Cloud, kind: str) -> dict[str, ipaddress.IPv4Network]:
    """By zone."""
    return {
        each.inputs["availabilityZone"]: ipaddress.IPv4Network(each.inputs["cidrBlock"])
        for each in cloud.program.of_kind("Subnet")
        if each.name.startswith(f"network-{kind}-")
    }


@pytest.mark.parametrize("nat", ["one", "per-zone"])
@pytest.mark.parametrize("cidr", ["10.64.0.0/16", "172.16.32.0/20"])
@pytest.mark.parametrize("zones", ["ab", "abc", "abcd", "abcde", "abcdef"])
def test_subnets_lie_in_the_vpc_and_apart(zones: str, cidr: str, nat: str) -> None:
    cloud = network(cidr=cidr, zones=list(zones), nat=nat)
    private, public = subnets(cloud, "private"), subnets(cloud, "public")
    assert list(private) == [f"eu-west-1{zone}" for zone in zones]
    assert list(public) == list(private)[: len(zones) if nat == "per-zone" else 1]
    everything = [*private.values(), *public.values()]
    assert all(each.subnet_of(ipaddress.IPv4Network(cidr)) for each in everything)
    for index, each in enumerate(everything):
        assert not any(each.overlaps(other) for other in everything[index + 1 :])
    # AWS takes /28 and larger; pods have addresses of the private ones.
    assert all(each.prefixlen <= 28 for each in everything)
    assert sum(each.num_addresses for each in private.values()) >= ipaddress.IPv4Network(cidr).num_addresses / 4


def test_a_zone_more_moves_no_subnet_of_the_others() -> None:
    two, three = (subnets(network(zones=list(zones)), "private") for zones in ("ab", "abc"))
    assert two.items() <= three.items()


def way_out(cloud: Cloud, zone: str) -> str:
    route = cloud.inputs(ROUTE, f"network-private-{zone}")
    assert route["destinationCidrBlock"] == "0.0.0.0/0"
    return str(route["natGatewayId"])


def test_one_nat_gateway_serves_all_zones() -> None:
    cloud = network(zones=["a", "b", "c"])
    assert cloud.names(NAT) == ["network-a"]
    assert len({way_out(cloud, zone) for zone in "abc"}) == 1


def test_a_nat_gateway_per_zone_serves_its_own() -> None:
    cloud = network(zones=["a", "b", "c"], nat="per-zone")
    for zone in "abc":
        assert way_out(cloud, zone) == f"network-{zone}"
        gateway = cloud.inputs(NAT, f"network-{zone}")
        subnet = cloud.inputs(SUBNET, f"network-public-{zone}")
        assert gateway["subnetId"] == f"network-public-{zone}"
        assert subnet["availabilityZone"] == f"eu-west-1{zone}"


def test_each_private_subnet_has_a_route_table_of_its_own() -> None:
    cloud = network(zones=["a", "b", "c"])
    associations = [
        (each.inputs["subnetId"], each.inputs["routeTableId"])
        for each in cloud.program.of_kind("RouteTableAssociation")
        if "private" in each.name
    ]
    assert sorted(associations) == [(f"network-private-{zone}", f"network-private-{zone}") for zone in "abc"]


def test_a_nat_gateway_is_made_when_there_is_a_way_to_the_internet() -> None:
    (gateway,) = network().program.of_kind("NatGateway")
    names = {urn.split("::")[-2].split("$")[-1] for urn in gateway.dependencies}
    assert {"aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation"} <= names


def test_nothing_in_the_vpc_gets_a_public_address_or_an_open_group() -> None:
    cloud = network(nat="per-zone")
    assert not any(each.inputs["mapPublicIpOnLaunch"] for each in cloud.program.of_kind("Subnet"))
    default = cloud.inputs("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network")
    assert (default["ingress"], default["egress"]) == ([], [])


def test_endpoints_and_the_clusters_api_are_found_by_name() -> None:
    vpc = network().inputs("aws:ec2/vpc:Vpc", "network")
    assert (vpc["enableDnsSupport"], vpc["enableDnsHostnames"]) == (True, True)


def test_sources_behind_a_transit_gateway_are_reached_from_every_zone() -> None:
    cloud = network(zones=["a", "b"], transit_gateway=GATEWAY)
    attachment = cloud.inputs("aws:ec2transitgateway/vpcAttachment:VpcAttachment", "network")
    assert attachment["subnetIds"] == ["network-private-a", "network-private-b"]
    routes = [each.inputs for each in cloud.program.of_kind("Route") if "transitGatewayId" in each.inputs]
    assert sorted((route["routeTableId"], route["destinationCidrBlock"]) for route in routes) == [
        (f"network-private-{zone}", cidr) for zone in "ab" for cidr in ("10.0.0.0/16", "192.168.0.0/20")
    ]
    assert {route["transitGatewayId"] for route in routes} == {"tgw-1"}


def test_an_existing_vpc_is_used_as_it_is() -> None:
    made: list[Network] = []
    existing = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}
    parsed = NetworkSettings.model_validate({"existing": existing})
    cloud = deploy(lambda: made.append(Network("network", parsed, region="eu-west-1")))
    assert cloud.program.resources == ()
    assert len(made[0].private_subnet_ids) == 2
