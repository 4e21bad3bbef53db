"""AWS services reached from within the VPC."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.settings.network import Endpoint

_SERVICES: dict[Endpoint, tuple[str, ...]] = {"ecr": ("ecr.api", "ecr.dkr")}
"""Those whose endpoints are not called as in the stack file (VPC user guide: "AWS services that integrate with AWS
PrivateLink")."""


class VpcEndpoints(pulumi.ComponentResource):
    """S3 through a gateway endpoint, which is free; other services through interfaces, as the stack asks."""

    def __init__(
        self,
        name: str,
        wanted: Sequence[Endpoint],
        *,
        region: str,
        vpc_id: pulumi.Input[str],
        cidr: str,
        route_table_ids: Sequence[pulumi.Input[str]],
        subnet_ids: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`cidr`: the VPC's, which may use them; `subnet_ids`: one a zone."""
        super().__init__("lakehouse:index:VpcEndpoints", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        aws.ec2.VpcEndpoint(
            f"{name}-s3",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=route_table_ids,
            opts=child,
        )
        services = [service for endpoint in wanted for service in _SERVICES.get(endpoint, (endpoint,))]
        groups = [self._https_from(cidr, name, vpc_id)] if services else []
        for service in services:
            aws.ec2.VpcEndpoint(
                f"{name}-{service.replace('.', '-')}",
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=subnet_ids,
                security_group_ids=groups,
                opts=child,
            )
        self.register_outputs({})

    def _https_from(self, cidr: str, name: str, vpc_id: pulumi.Input[str]) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(
            f"{name}-endpoints",
            description="HTTPS from the VPC to the endpoints of AWS services",
            vpc_id=vpc_id,
            opts=child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-endpoints",
            security_group_id=group.id,
            description="HTTPS from the VPC",
            cidr_ipv4=cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=child,
        )
        return group.id
