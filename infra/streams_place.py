"""Where the stack's Kafka stands: in the network of the jobs' pods, whoever made it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.errors import words_of
from infra.settings import Settings, wrong_setting
from infra.settings.streams import StreamsSettings

_ZONES = 3
"""MSK takes two or three (MSK API: BrokerNodeGroupInfo, clientSubnets)."""


@dataclass(frozen=True)
class Place:
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private ones, each in another zone."""
    client_security_group_id: pulumi.Input[str]
    """What the jobs' pods are in."""


def streams_place(
    settings: Settings,
    streams: StreamsSettings,
    *,
    vpc_id: pulumi.Input[str] | None,
    subnet_ids: Sequence[pulumi.Input[str]],
    security_group_id: pulumi.Input[str] | None,
    opts: pulumi.InvokeOptions,
) -> Place:
    """`vpc_id`, `subnet_ids`, `security_group_id`: of the cluster that the stack makes. Raises `ConfigurationError`
    where it is not to be told which subnets are meant, or who the clients are."""
    if settings.cluster.existing:
        if streams.subnet_ids is None:
            problem = "missing; with cluster.existing name two or three private subnets of its VPC, in different zones"
            raise wrong_setting("streams.subnet_ids", problem)
        if streams.client_security_group_id is None:
            problem = "missing; with cluster.existing name the security group that its nodes are in"
            raise wrong_setting("streams.client_security_group_id", problem)
        return _looked_up(streams.subnet_ids, "streams.subnet_ids", streams.client_security_group_id, opts)
    assert security_group_id is not None, "a cluster that the stack makes has one"
    if streams.client_security_group_id is not None:
        problem = "no effect on a cluster that the stack makes, whose own is known; remove it"
        raise wrong_setting("streams.client_security_group_id", problem)
    if streams.subnet_ids is not None and not settings.network.existing:
        problem = "no effect in a network that the stack makes, whose own are known; remove it"
        raise wrong_setting("streams.subnet_ids", problem)
    if streams.subnet_ids is not None:
        return _looked_up(streams.subnet_ids, "streams.subnet_ids", security_group_id, opts)
    if settings.network.existing:
        where = "network.existing.private_subnet_ids"
        return _looked_up(settings.network.existing.private_subnet_ids, where, security_group_id, opts)
    assert vpc_id is not None, "a network that the stack makes has one"
    return Place(vpc_id, subnet_ids[:_ZONES], security_group_id)


def _looked_up(
    subnet_ids: Sequence[str], where: str, security_group_id: pulumi.Input[str], opts: pulumi.InvokeOptions
) -> Place:
    """With the first subnet of each zone."""
    of_zone: dict[str, str] = {}
    vpcs: list[str] = []
    for index, id_ in enumerate(subnet_ids):
        subnet = _subnet(id_, f"{where}[{index}]", opts)
        of_zone.setdefault(subnet.availability_zone, id_)
        vpcs = sorted({*vpcs, subnet.vpc_id})
    if len(vpcs) > 1:
        raise wrong_setting(where, f"they are of {' and '.join(vpcs)}; brokers need subnets of one VPC")
    if len(of_zone) < 2:
        raise wrong_setting(where, f"all of them are in {min(of_zone)}, and MSK needs two zones; add one of another")
    return Place(vpcs[0], list(of_zone.values())[:_ZONES], security_group_id)


def _subnet(id_: str, where: str, opts: pulumi.InvokeOptions) -> aws.ec2.AwaitableGetSubnetResult:
    try:
        return aws.ec2.get_subnet(id=id_, opts=opts)
    except Exception as error:
        problem = f"cannot find {id_}:\n  {words_of(error)}\nuse a subnet of this account and region"
        raise wrong_setting(where, problem) from None
