"""The Kubernetes cluster that runs the jobs: EKS in Auto Mode, or an existing one (docs/adr/0005-eks-auto-mode.md)."""

import json

import pulumi
import pulumi_aws as aws

from infra.iam_policy import trusted
from infra.settings.cluster import ClusterSettings

_MANAGED = ("Cluster", "Compute", "BlockStorage", "LoadBalancing", "Networking")
"""The AmazonEKS…Policy of each part that Auto Mode runs for us (EKS user guide: "Amazon EKS Auto Mode cluster IAM
role")."""

_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


class Cluster(pulumi.ComponentResource):
    """EKS in Auto Mode: AWS runs nodes, network, volumes and the Pod Identity agent; the stack says what nodes may be.

    Kubernetes' secrets are encrypted with a key of its own, the API server is private unless networks are named.
    """

    name: pulumi.Output[str]
    """Known once the cluster can be used."""
    arn: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]
    """How to reach it: with the token that `aws eks get-token` gives whoever asks. Nothing in it is secret."""
    security_group_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: ClusterSettings,
        *,
        subnet_ids: list[pulumi.Output[str]],
        region: str,
        partition: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`subnet_ids`: private ones in at least two zones."""
        super().__init__("lakehouse:index:Cluster", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        protected = pulumi.ResourceOptions(parent=self, protect=not disposable)
        self._name = name
        self._partition = partition
        role, granted = self._role()
        key = aws.kms.Key(
            name,
            description=f"Encrypts the secrets of the Kubernetes cluster {settings.name}",
            enable_key_rotation=True,
            deletion_window_in_days=7 if disposable else 30,
            opts=protected,
        )
        # EKS makes this log group itself if it is missing, and then keeps the logs for ever.
        log_group = aws.cloudwatch.LogGroup(
            name, name=f"/aws/eks/{settings.name}/cluster", retention_in_days=settings.log_days, opts=child
        )
        cluster = aws.eks.Cluster(
            name,
            name=settings.name,
            version=settings.version,
            role_arn=role.arn,
            bootstrap_self_managed_addons=False,
            access_config={
                "authentication_mode": "API",
                "bootstrap_cluster_creator_admin_permissions": True,
            },
            # The three of Auto Mode go together. Its own node pools stay off: ours say which instances.
            compute_config={"enabled": True},
            kubernetes_network_config={
                "elastic_load_balancing": {"enabled": True},
                "service_ipv4_cidr": settings.service_cidr,
            },
            storage_config={"block_storage": {"enabled": True}},
            vpc_config={
                "subnet_ids": subnet_ids,
                "endpoint_private_access": True,
                "endpoint_public_access": bool(settings.api_cidrs),
                "public_access_cidrs": settings.api_cidrs or None,
            },
            encryption_config={"provider": {"key_arn": key.arn}, "resources": ["secrets"]},
            enabled_cluster_log_types=_LOGS,
            # Rather a forced upgrade after 14 months than six times the price (EKS pricing: extended support).
            upgrade_policy={"support_type": "STANDARD"},
            deletion_protection=not disposable,
            opts=pulumi.ResourceOptions(parent=self, protect=not disposable, depends_on=[*granted, log_group]),
        )
        for people, policy in ((settings.admins, "AmazonEKSClusterAdminPolicy"), (settings.viewers, _VIEW)):
            for principal in people:
                self._admit(cluster, principal, policy)
        self.name = cluster.name
        self.arn = cluster.arn
        self.security_group_id = cluster.vpc_config.cluster_security_group_id.apply(str)
        self.kubeconfig = pulumi.Output.all(cluster.name, cluster.endpoint, cluster.certificate_authority.data).apply(
            lambda known: kubeconfig(*map(str, known), region=region)
        )
        self.register_outputs({"name": self.name, "kubeconfig": self.kubeconfig})

    def _role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            self._name,
            description="What EKS may do for the cluster",
            assume_role_policy=json.dumps(trusted("eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"])),
            opts=child,
        )
        granted: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{part.lower()}",
                role=role.name,
                policy_arn=pulumi.Output.format("arn:{0}:iam::aws:policy/AmazonEKS{1}Policy", self._partition, part),
                opts=child,
            )
            for part in _MANAGED
        ]
        return role, granted

    def _admit(self, cluster: aws.eks.Cluster, principal: str, policy: str) -> None:
        # With the account: its name can be that of another account's role.
        account, who = principal.split(":")[4:]
        name = f"{self._name}-{account}-{who.replace('/', '-')}"
        entry = aws.eks.AccessEntry(
            name, cluster_name=cluster.name, principal_arn=principal, opts=pulumi.ResourceOptions(parent=self)
        )
        aws.eks.AccessPolicyAssociation(
            name,
            cluster_name=cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=access_policy(self._partition, policy),
            access_scope={"type": "cluster"},
            opts=pulumi.ResourceOptions(parent=self),
        )


_VIEW = "AmazonEKSAdminViewPolicy"


def access_policy(partition: pulumi.Input[str], policy: str) -> pulumi.Output[str]:
    """One of EKS's own access policies (EKS user guide: "Review access policy permissions")."""
    return pulumi.Output.format("arn:{0}:eks::aws:cluster-access-policy/{1}", partition, policy)


def kubeconfig(name: str, endpoint: str, certificate_authority: str, *, region: str) -> str:
    """A kubeconfig, as JSON, for whoever has the AWS CLI and may get a token (AWS CLI: `eks update-kubeconfig`)."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": endpoint, "certificate-authority-data": certificate_authority}}
            ],
            "users": [
                {
                    "name": name,
                    "user": {
                        "exec": {
                            "apiVersion": "client.authentication.k8s.io/v1beta1",
                            "command": "aws",
                            "args": [
                                "--region",
                                region,
                                "eks",
                                "get-token",
                                "--cluster-name",
                                name,
                                "--output",
                                "json",
                            ],
                            "interactiveMode": "Never",
                        }
                    },
                }
            ],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
    )
