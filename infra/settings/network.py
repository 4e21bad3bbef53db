"""`network:` the VPC of a cluster that the stack makes."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from infra.settings.names import PRIVATE, Cidr, LogDays, Once, ip_network, is_private
from infra.validation import Strict, WrongAt

Zone = Literal["a", "b", "c", "d", "e", "f"]
Endpoint = Literal["ecr", "sts", "glue", "secretsmanager", "logs", "eks-auth", "kms", "ec2"]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]+$")]


class ExistingNetwork(Strict):
    """A VPC that someone else made."""

    vpc_id: Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]+$")]
    private_subnet_ids: Annotated[list[SubnetId], Field(min_length=2), Once]
    """Subnets in at least two zones, from which AWS and the sources can be reached: nodes and the cluster's own
    interfaces go there."""


class TransitGateway(Strict):
    """The way to the networks of the sources."""

    id: Annotated[str, StringConstraints(pattern=r"^tgw-[0-9a-f]+$")]
    cidrs: Annotated[list[Cidr], Field(min_length=1), Once]
    """What is reached through it."""


class NetworkSettings(Strict):
    cidr: Cidr = "10.64.0.0/16"
    """The VPC's addresses, a private /16 to /20. Pods have addresses of the VPC, so this bounds how many can run."""
    zones: Annotated[list[Zone], Field(min_length=2), Once] = ["a", "b", "c"]
    """The zones, by their letter in the region: EKS needs two, and three survive the loss of one without crowding."""
    nat: Literal["one", "per-zone"] = "one"
    """`one` NAT gateway costs a third, and takes the way out of all zones with it when its zone fails."""
    endpoints: Annotated[list[Endpoint], Once] = []
    """AWS services reached by an interface endpoint instead of the NAT gateway. Each costs by the hour and zone, and
    saves what the NAT gateway asks per GB: worth it for 'ecr' and 'logs' where pods come and go. S3 always has a
    gateway endpoint, which is free."""
    flow_log_days: LogDays = 14
    """Days that the VPC's flow logs are kept."""
    transit_gateway: TransitGateway | None = None
    existing: ExistingNetwork | None = None
    """Use this VPC and make none; the other keys are then unused."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        own = ip_network(self.cidr)
        if not 16 <= own.prefixlen <= 20:
            raise WrongAt(("cidr",), f"{self.cidr} must be a /16 to a /20: larger is not a VPC's, smaller has no room")
        if not is_private(own):
            raise WrongAt(("cidr",), f"{self.cidr} belongs to others on the internet; take one of {', '.join(PRIVATE)}")
        others = self.transit_gateway.cidrs if self.transit_gateway else []
        for other in others:
            if own.overlaps(ip_network(other)):
                problem = (
                    f"{own} overlaps {other} of transit_gateway.cidrs, which could not be reached; choose another one"
                )
                raise WrongAt(("cidr",), problem)
        return self

    @model_validator(mode="after")
    def _one_network(self) -> Self:
        unused = sorted(self.model_fields_set - {"existing"})
        if self.existing and unused:
            raise WrongAt((unused[0],), "no effect on an existing VPC; remove it, or remove network.existing")
        return self
