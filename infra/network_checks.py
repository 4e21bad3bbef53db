"""What only AWS can tell of a network in the stack file: whether its zones exist, and what an existing VPC is like."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.errors import words_of
from infra.settings import wrong_setting
from infra.settings.names import Cidr, Region, ip_network
from infra.settings.network import ExistingNetwork, Zone

_WITHOUT_EKS = ("use1-az3", "usw1-az2", "cac1-az3")
"""Zones, by their ids, that have no room for an EKS cluster (EKS user guide: "VPC and subnet considerations"). Letters
stand for other ones in each account."""


def check_zones(zones: Sequence[Zone], *, region: Region, opts: pulumi.InvokeOptions) -> None:
    """Raises `ConfigurationError` for a zone that this account does not have, or that EKS can't use."""
    # Without those that are no zones of the region proper: local zones have no EKS.
    filters = [aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])]
    try:
        found = aws.get_availability_zones(state="available", filters=filters, opts=opts)
    except Exception as error:
        problem = f"cannot ask AWS for the zones of {region}:\n  {words_of(error)}\n"
        needed = "whoever deploys needs ec2:DescribeAvailabilityZones there"
        raise wrong_setting("aws.region", problem + needed) from None
    usable = {
        name.removeprefix(region): id_
        for name, id_ in zip(found.names, found.zone_ids, strict=True)
        if id_ not in _WITHOUT_EKS
    }
    missing = [zone for zone in zones if zone not in usable]
    if missing:
        problem = f"{region} has no zone '{missing[0]}' that EKS can use for this account; it has {', '.join(usable)}"
        raise wrong_setting("network.zones", problem)


def check_existing(network: ExistingNetwork, *, service_cidr: Cidr, opts: pulumi.InvokeOptions) -> None:
    """Raises `ConfigurationError` for a VPC or subnet that does not exist, for subnets of another VPC or all in one
    zone, and for addresses that are those of Kubernetes services too."""
    try:
        vpc = aws.ec2.get_vpc(id=network.vpc_id, opts=opts)
    except Exception as error:
        problem = f"cannot find {network.vpc_id}:\n  {words_of(error)}\nuse a VPC of this account and region"
        raise wrong_setting("network.existing.vpc_id", problem) from None
    for cidr in [vpc.cidr_block, *[each.cidr_block for each in vpc.cidr_block_associations]]:
        if ip_network(cidr).overlaps(ip_network(service_cidr)):
            problem = f"{service_cidr} overlaps {cidr} of {network.vpc_id}, which pods could then not reach"
            raise wrong_setting("cluster.service_cidr", f"{problem}; choose another one")
    subnets = [_subnet(network, index, opts) for index in range(len(network.private_subnet_ids))]
    zones = {subnet.availability_zone for subnet in subnets}
    if len(zones) < 2:
        problem = f"all of them are in {zones.pop()}, and EKS needs two zones; add a subnet of another one"
        raise wrong_setting("network.existing.private_subnet_ids", problem)


def _subnet(network: ExistingNetwork, index: int, opts: pulumi.InvokeOptions) -> aws.ec2.AwaitableGetSubnetResult:
    id_ = network.private_subnet_ids[index]
    where = f"network.existing.private_subnet_ids[{index}]"
    try:
        subnet = aws.ec2.get_subnet(id=id_, opts=opts)
    except Exception as error:
        problem = f"cannot find {id_}:\n  {words_of(error)}\nuse subnets of {network.vpc_id}"
        raise wrong_setting(where, problem) from None
    if subnet.vpc_id != network.vpc_id:
        raise wrong_setting(where, f"{id_} is in {subnet.vpc_id}, not in {network.vpc_id}; use subnets of one VPC")
    return subnet
