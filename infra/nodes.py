"""What nodes the cluster may have: on-demand ones for JobManagers and operators, and those of the TaskManagers."""

import json
import math
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.cluster import access_policy
from infra.iam_policy import trusted
from infra.placement import NODES, STEADY, TASKMANAGERS
from infra.settings.cluster import Nodes, NodeSettings

_MANAGED = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")
"""EKS user guide: "Amazon EKS Auto Mode node IAM role"."""

_READY = {"pulumi.com/waitFor": "condition=Ready"}
"""A role, subnet or security group that nodes can't use is said here, not by a pod that waits for a node in vain."""


class NodePools(pulumi.ComponentResource):
    """Two pools of EKS Auto Mode, each with its class; nodes come when pods wait and go when they are empty.

    Nodes enforce NetworkPolicies, which Auto Mode leaves to a switch in the cluster.
    """

    def __init__(
        self,
        name: str,
        settings: Nodes,
        *,
        cluster_name: pulumi.Input[str],
        security_group_id: pulumi.Input[str],
        subnet_ids: list[pulumi.Output[str]],
        partition: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`security_group_id`: the cluster's own; `subnet_ids`: where nodes get their addresses."""
        super().__init__("lakehouse:index:NodePools", name, None, opts)
        self._name = name
        role, admitted = self._node_role(cluster_name, partition)
        # EKS user guide: "Use Network Policies with EKS Auto Mode".
        kubernetes.core.v1.ConfigMap(
            f"{name}-network-policies",
            metadata={"name": "amazon-vpc-cni", "namespace": "kube-system"},
            data={"enable-network-policy-controller": "true"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        for pool, nodes in ((STEADY, settings.steady), (TASKMANAGERS, settings.taskmanagers)):
            node_class = kubernetes.apiextensions.CustomResource(
                f"{name}-{pool}-class",
                api_version="eks.amazonaws.com/v1",
                kind="NodeClass",
                metadata={"name": f"lakehouse-{pool}", "annotations": _READY},
                spec=pulumi.Output.all(role=role.name, group=security_group_id, subnets=subnet_ids).apply(
                    lambda known, nodes=nodes: node_class_spec(nodes, **known)
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=admitted),
            )
            kubernetes.apiextensions.CustomResource(
                f"{name}-{pool}",
                api_version="karpenter.sh/v1",
                kind="NodePool",
                metadata={"name": f"lakehouse-{pool}", "annotations": _READY},
                spec=node_pool_spec(pool, nodes),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[node_class]),
            )
        self.register_outputs({})

    def _node_role(
        self, cluster_name: pulumi.Input[str], partition: pulumi.Input[str]
    ) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        """Who nodes are. A class of our own needs an access entry for them (EKS user guide: "Create a Node Class")."""
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            self._name,
            description="What nodes may do",
            assume_role_policy=json.dumps(trusted("ec2.amazonaws.com")),
            opts=child,
        )
        granted = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-{policy}",
                role=role.name,
                policy_arn=pulumi.Output.format("arn:{0}:iam::aws:policy/{1}", partition, policy),
                opts=child,
            )
            for policy in _MANAGED
        ]
        entry = aws.eks.AccessEntry(
            self._name, cluster_name=cluster_name, principal_arn=role.arn, type="EC2", opts=child
        )
        association = aws.eks.AccessPolicyAssociation(
            self._name,
            cluster_name=cluster_name,
            principal_arn=entry.principal_arn,
            policy_arn=access_policy(partition, "AmazonEKSAutoNodePolicy"),
            access_scope={"type": "cluster"},
            opts=child,
        )
        return role, [*granted, association]


def node_class_spec(nodes: NodeSettings, *, role: str, group: str, subnets: list[str]) -> dict[str, Any]:
    """An `eks.amazonaws.com/v1` NodeClass: where nodes are and what disk they have (EKS user guide: "Create a Node
    Class")."""
    return {
        "role": role,
        "subnetSelectorTerms": [{"id": subnet} for subnet in subnets],
        "securityGroupSelectorTerms": [{"id": group}],
        "networkPolicy": "DefaultAllow",
        # On an instance whose own disk is larger, that disk takes the place of this volume. What any gp3 volume does
        # without extra cost (EBS pricing).
        "ephemeralStorage": {"size": f"{nodes.disk_gib}Gi", "iops": 3000, "throughput": 125},
    }


def node_pool_spec(pool: str, nodes: NodeSettings) -> dict[str, Any]:
    """A `karpenter.sh/v1` NodePool: which instances, how many, and when they may go."""
    capacity = ["spot", "on-demand"] if nodes.spot else ["on-demand"]
    requirements: list[dict[str, Any]] = [
        {"key": "karpenter.sh/capacity-type", "operator": "In", "values": capacity},
        {"key": "kubernetes.io/arch", "operator": "In", "values": [nodes.architecture]},
        {"key": "eks.amazonaws.com/instance-family", "operator": "In", "values": nodes.families},
    ]
    if nodes.local_state == "nvme":
        # A disk that is not larger than the volume would stay unused (see node_class_spec).
        gigabytes = math.ceil(nodes.disk_gib * 1024**3 / 1000**3)
        requirements.append(
            {"key": "eks.amazonaws.com/instance-local-nvme", "operator": "Gt", "values": [str(gigabytes)]}
        )
    taints = [{"key": NODES, "value": pool, "effect": "NoSchedule"}] if pool == TASKMANAGERS else []
    return {
        "template": {
            "metadata": {"labels": {NODES: pool}},
            "spec": {
                "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": f"lakehouse-{pool}"},
                "requirements": requirements,
                # Auto Mode allows three weeks at most, to keep nodes patched. Most go sooner: they drift with each
                # image of Auto Mode, weekly or so. A restart from the last checkpoint is what that costs a job.
                "expireAfter": "336h",
                "terminationGracePeriod": "1h",
                **({"taints": taints} if taints else {}),
            },
        },
        # Moving pods together saves a little, and restarts a job each time: only empty nodes go. And drifted ones, but
        # one by one, so that not all jobs restart at once.
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": "5m",
            "budgets": [{"nodes": "1", "reasons": ["Drifted"]}],
        },
        "limits": {"cpu": str(nodes.cpu_limit)},
    }
