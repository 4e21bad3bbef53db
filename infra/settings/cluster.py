"""`cluster:` where jobs run, and on what kind of nodes; `operators:` what runs them there."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from infra.settings.names import PRIVATE, Cidr, LogDays, Name, Once, PrincipalArn, ip_network, is_private
from infra.validation import Strict, WrongAt

Operator = Literal["cert-manager", "external-secrets", "flink-operator"]
Architecture = Literal["arm64", "amd64"]

_FAMILY = re.compile(r"^([a-z]+)(\d+)([a-z]*)(-[a-z0-9]+)?$")
_NVME = re.compile(r"^([a-z]+\d+[a-z]*d|i\d|im\d|is\d)")
"""A 'd' after the generation, or a family that is all about storage (EC2 docs: "Instance type naming conventions")."""


def architecture_of(instance_family: str) -> Architecture:
    """`m7g` → arm64: Graviton families have a 'g' after the generation (EC2 docs: "Instance type naming
    conventions"); raises ValueError for what is no family."""
    match = _FAMILY.match(instance_family)
    if not match:
        raise ValueError(f"'{instance_family}' is not an instance family like 'r8g' or 'm7i'")
    return "arm64" if "g" in match[3] or instance_family == "a1" else "amd64"


def _is_family(value: str) -> str:
    architecture_of(value)
    return value


class NodeSettings(Strict):
    """What the nodes of one kind of pod are."""

    architecture: Architecture = "arm64"
    """Graviton (arm64) costs about a fifth less for the same work; the image is built for both."""
    families: Annotated[list[Annotated[str, AfterValidator(_is_family)]], Field(min_length=1), Once]
    """EC2 instance families to choose from: the more there are, the more often spot capacity is found."""
    spot: bool = False
    """Spare capacity at about a third of the price, which AWS takes back with two minutes' notice: Flink then restores
    from the last checkpoint."""
    local_state: Literal["gp3", "nvme"] = "gp3"
    """Where RocksDB has its files: a gp3 volume, or the instance's own NVMe disk (families with a 'd'), which is faster
    and has no limit of its own on operations."""
    disk_gib: Annotated[int, Field(ge=40)] = 80
    """Disk of a node, for its images and the state of the jobs on it: the size of the gp3 volume; with 'nvme', what the
    instance's own disk has at least (an r8gd.large has 118 GB, twice as much with each size above it)."""
    cpu_limit: Annotated[int, Field(ge=2)] = 64
    """So many vCPUs at most: a bound on what a mistake can cost."""

    @model_validator(mode="after")
    def _families_fit(self) -> Self:
        for family in self.families:
            found = architecture_of(family)
            if found != self.architecture:
                problem = f"{family} is {found}, and architecture says {self.architecture}; change one of them"
                raise WrongAt(("families",), problem)
            if self.local_state == "nvme" and not _NVME.match(family):
                problem = f"{family} has no NVMe disk, and local_state says nvme; take families like r8gd, or gp3"
                raise WrongAt(("families",), problem)
        return self


class Nodes(Strict):
    """The two kinds of nodes that the stack makes."""

    steady: NodeSettings = NodeSettings(families=["m7g", "m8g", "c7g", "c8g", "r7g", "r8g"], cpu_limit=32)
    """For JobManagers and operators: never spot, since a lost JobManager restarts the whole job."""
    taskmanagers: NodeSettings = NodeSettings(families=["m7g", "m8g", "r7g", "r8g"])
    """For TaskManagers, which hold a job's state."""

    @model_validator(mode="after")
    def _steady_is_steady(self) -> Self:
        if self.steady.spot:
            problem = "JobManagers and operators run on on-demand nodes; use nodes.taskmanagers.spot"
            raise WrongAt(("steady", "spot"), problem)
        return self


class ExistingCluster(Strict):
    """An EKS cluster that someone else made, with the EKS Pod Identity agent (where AWS is played, any Kubernetes will
    do); its nodes choose where pods run."""

    kubeconfig_secret: str | None = None
    """The Secrets Manager entry whose text is a kubeconfig for it."""
    context: str | None = None
    """A kubeconfig context of the machine that deploys; None, without kubeconfig_secret: the current one."""
    provides: Annotated[list[Operator], Once] = []
    """What it has already; the stack installs the rest."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.kubeconfig_secret and self.context:
            raise ValueError("give kubeconfig_secret or context, not both: each names a way to the cluster")
        return self


class ClusterSettings(Strict):
    name: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$")]
    """The EKS cluster's name."""
    version: Annotated[str, StringConstraints(pattern=r"^1\.\d\d$")] = "1.36"
    """Kubernetes' minor version. EKS upgrades one at a time; a year behind costs six times as much (extended
    support)."""
    api_cidrs: Annotated[list[Cidr], Once] = []
    """Networks that may reach the API server from the internet; none: it has a private endpoint only, and `pulumi up`
    runs within the VPC or a network that reaches it."""
    service_cidr: Cidr = "172.20.0.0/16"
    """Addresses of Kubernetes services, a private /12 to /24 that nothing outside of the cluster sees."""
    admins: Annotated[list[PrincipalArn], Once] = []
    """Roles that may do anything in the cluster, beside the one that deploys."""
    viewers: Annotated[list[PrincipalArn], Once] = []
    """Roles that may look at everything but secrets."""
    log_days: LogDays = 30
    """Days that the control plane's logs are kept."""
    nodes: Nodes = Nodes()
    namespace: Name = "flink"
    """Where jobs run; the stack makes it."""
    secret_store: Name = "aws-secrets-manager"
    """The ClusterSecretStore of the External Secrets Operator that reads Secrets Manager; the stack makes it, unless an
    existing cluster provides 'external-secrets'."""
    existing: ExistingCluster | None = None
    """Use this cluster and make none; of the keys above, only name, namespace and secret_store are then used."""

    @model_validator(mode="after")
    def _one_cluster(self) -> Self:
        unused = sorted(self.model_fields_set - {"existing", "name", "namespace", "secret_store"})
        if self.existing and unused:
            raise WrongAt((unused[0],), "no effect on an existing cluster; remove it, or remove cluster.existing")
        return self

    @model_validator(mode="after")
    def _api_is_for_some(self) -> Self:
        for cidr in self.api_cidrs:
            if ip_network(cidr).prefixlen < 8:
                raise WrongAt(("api_cidrs",), f"{cidr} is much of the internet; name the networks that need it")
            if is_private(ip_network(cidr)):
                problem = f"{cidr} is private: the private endpoint serves it without this, if a route leads there"
                raise WrongAt(("api_cidrs",), problem)
        return self

    @model_validator(mode="after")
    def _services_fit(self) -> Self:
        """What EKS takes (EKS API: KubernetesNetworkConfigRequest, serviceIpv4Cidr)."""
        services = ip_network(self.service_cidr)
        if not (12 <= services.prefixlen <= 24 and is_private(services)):
            problem = f"{self.service_cidr} must be a /12 to a /24 within one of {', '.join(PRIVATE)}"
            raise WrongAt(("service_cidr",), problem)
        return self

    @model_validator(mode="after")
    def _unlike(self) -> Self:
        both = sorted(set(self.admins) & set(self.viewers))
        if both:
            raise WrongAt(("viewers",), f"{both[0]} stands in admins too; EKS has one access entry a role")
        return self


class OperatorSettings(Strict):
    replicas: Annotated[int, Field(ge=1, le=3)] = 1
    """Of each operator and webhook; with two, one leads and the other takes over while a node goes."""
