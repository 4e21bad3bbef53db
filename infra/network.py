"""Where the cluster lives: a VPC of its own, or an existing one."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.flow_logs import FlowLogs
from infra.settings.names import ip_network
from infra.settings.network import NetworkSettings
from infra.vpc_endpoints import VpcEndpoints

_EVERYWHERE = "0.0.0.0/0"


class Network(pulumi.ComponentResource):
    """A VPC over several zones. Nodes and the cluster's interfaces have private subnets, with a way out and none in."""

    vpc_id: pulumi.Output[str]
    private_subnet_ids: list[pulumi.Output[str]]

    def __init__(
        self, name: str, settings: NetworkSettings, *, region: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("lakehouse:index:Network", name, None, opts)
        self._name = name
        self._child = pulumi.ResourceOptions(parent=self)
        if settings.existing:
            self.vpc_id = pulumi.Output.from_input(settings.existing.vpc_id)
            self.private_subnet_ids = [pulumi.Output.from_input(id_) for id_ in settings.existing.private_subnet_ids]
        else:
            self._make(settings, region)
        self.register_outputs({"vpc_id": self.vpc_id, "private_subnet_ids": self.private_subnet_ids})

    def _make(self, settings: NetworkSettings, region: str) -> None:
        vpc = aws.ec2.Vpc(
            self._name,
            cidr_block=settings.cidr,
            enable_dns_support=True,
            # Interface endpoints and the cluster's private API endpoint are found by name.
            enable_dns_hostnames=True,
            tags=self._called(),
            opts=self._child,
        )
        self.vpc_id = vpc.id
        # Whoever forgets to name a security group gets this one: it lets nothing through.
        aws.ec2.DefaultSecurityGroup(self._name, vpc_id=vpc.id, ingress=[], egress=[], opts=self._child)
        FlowLogs(self._name, vpc_id=vpc.id, retention_days=settings.flow_log_days, opts=self._child)

        # Eight blocks of one size: a zone's private subnet each, and the last one, cut up, for the public ones.
        blocks = list(ip_network(settings.cidr).subnets(prefixlen_diff=3))
        private = [str(block) for block in blocks]
        public = [str(block) for block in blocks[-1].subnets(prefixlen_diff=3)]
        gateways = self._ways_out(settings, region, public)
        subnets: list[aws.ec2.Subnet] = []
        tables: list[aws.ec2.RouteTable] = []
        for index, zone in enumerate(settings.zones):
            subnets.append(self._subnet(f"private-{zone}", region + zone, private[index]))
            tables.append(self._private_table(zone, subnets[-1], gateways[index % len(gateways)]))
        self.private_subnet_ids = [subnet.id for subnet in subnets]
        VpcEndpoints(
            self._name,
            settings.endpoints,
            region=region,
            vpc_id=vpc.id,
            cidr=settings.cidr,
            route_table_ids=[table.id for table in tables],
            subnet_ids=self.private_subnet_ids,
            opts=self._child,
        )
        if settings.transit_gateway:
            attachment = aws.ec2transitgateway.VpcAttachment(
                self._name,
                transit_gateway_id=settings.transit_gateway.id,
                vpc_id=vpc.id,
                subnet_ids=self.private_subnet_ids,
                opts=self._child,
            )
            for zone, table in zip(settings.zones, tables, strict=True):
                for cidr in settings.transit_gateway.cidrs:
                    aws.ec2.Route(
                        f"{self._name}-{zone}-{cidr.replace('/', '-')}",
                        route_table_id=table.id,
                        destination_cidr_block=cidr,
                        transit_gateway_id=attachment.transit_gateway_id,
                        opts=pulumi.ResourceOptions(parent=self, depends_on=[attachment]),
                    )

    def _ways_out(self, settings: NetworkSettings, region: str, blocks: Sequence[str]) -> list[aws.ec2.NatGateway]:
        """The NAT gateways, each in a public subnet, which holds nothing else."""
        internet = aws.ec2.InternetGateway(self._name, vpc_id=self.vpc_id, tags=self._called(), opts=self._child)
        table = aws.ec2.RouteTable(
            f"{self._name}-public", vpc_id=self.vpc_id, tags=self._called("public"), opts=self._child
        )
        way_out = aws.ec2.Route(
            f"{self._name}-public",
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            gateway_id=internet.id,
            opts=self._child,
        )
        gateways: list[aws.ec2.NatGateway] = []
        for index, zone in enumerate(settings.zones if settings.nat == "per-zone" else settings.zones[:1]):
            subnet = self._subnet(f"public-{zone}", region + zone, blocks[index])
            association = aws.ec2.RouteTableAssociation(
                f"{self._name}-public-{zone}", subnet_id=subnet.id, route_table_id=table.id, opts=self._child
            )
            address = aws.ec2.Eip(
                f"{self._name}-nat-{zone}", domain="vpc", tags=self._called(f"nat-{zone}"), opts=self._child
            )
            gateways.append(
                aws.ec2.NatGateway(
                    f"{self._name}-{zone}",
                    allocation_id=address.id,
                    subnet_id=subnet.id,
                    tags=self._called(zone),
                    opts=pulumi.ResourceOptions(parent=self, depends_on=[way_out, association]),
                )
            )
        return gateways

    def _subnet(self, what: str, zone: str, cidr: str) -> aws.ec2.Subnet:
        return aws.ec2.Subnet(
            f"{self._name}-{what}",
            vpc_id=self.vpc_id,
            availability_zone=zone,
            cidr_block=cidr,
            map_public_ip_on_launch=False,
            tags=self._called(what),
            opts=self._child,
        )

    def _private_table(self, zone: str, subnet: aws.ec2.Subnet, gateway: aws.ec2.NatGateway) -> aws.ec2.RouteTable:
        """A zone's own table also where all share a gateway: changing `nat` then replaces no route table."""
        name = f"{self._name}-private-{zone}"
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc_id, tags=self._called(f"private-{zone}"), opts=self._child)
        aws.ec2.Route(
            name,
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            nat_gateway_id=gateway.id,
            opts=self._child,
        )
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id, opts=self._child)
        return table

    def _called(self, what: str = "") -> dict[str, str]:
        """What the console shows."""
        return {"Name": f"flink-lakehouse-{pulumi.get_stack()}{f'-{what}' if what else ''}"}
