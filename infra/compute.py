"""Where jobs run: a network, a cluster in it and its nodes, or a cluster that exists already."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.cluster import Cluster
from infra.network import Network
from infra.nodes import NodePools
from infra.providers import kubernetes_provider
from infra.settings.cluster import ClusterSettings
from infra.settings.network import NetworkSettings


class Compute(pulumi.ComponentResource):
    """A cluster that pods can run on. What depends on this component waits for its nodes to be allowed."""

    cluster_name: pulumi.Output[str]
    provider: kubernetes.Provider
    """For everything in the cluster."""
    vpc_id: pulumi.Output[str] | None = None
    """Of a cluster that the stack makes, as the next two."""
    private_subnet_ids: Sequence[pulumi.Output[str]] = ()
    security_group_id: pulumi.Output[str] | None = None
    """What its nodes are in, and so its pods."""

    def __init__(
        self,
        name: str,
        settings: ClusterSettings,
        *,
        network: NetworkSettings,
        region: str,
        partition: str,
        disposable: bool,
        cloud: aws.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:Compute", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        if settings.existing:
            self.cluster_name = pulumi.Output.from_input(settings.name)
            self.provider = kubernetes_provider(settings, kubeconfig=None, cloud=cloud, opts=child)
        else:
            placed = Network("network", network, region=region, opts=child)
            cluster = Cluster(
                "cluster",
                settings,
                subnet_ids=placed.private_subnet_ids,
                region=region,
                partition=partition,
                disposable=disposable,
                # Nodes need a way out, and the API server's interfaces a place, until the last of them is gone.
                opts=pulumi.ResourceOptions(parent=self, depends_on=[placed]),
            )
            self.cluster_name = cluster.name
            self.vpc_id, self.private_subnet_ids = placed.vpc_id, placed.private_subnet_ids
            self.security_group_id = cluster.security_group_id
            self.provider = kubernetes_provider(settings, kubeconfig=cluster.kubeconfig, cloud=cloud, opts=child)
            NodePools(
                "nodes",
                settings.nodes,
                cluster_name=cluster.name,
                security_group_id=cluster.security_group_id,
                subnet_ids=placed.private_subnet_ids,
                partition=partition,
                opts=pulumi.ResourceOptions(parent=self, providers=[self.provider]),
            )
        self.register_outputs({"cluster_name": self.cluster_name})
