import copy
import json
from typing import Any

import jsonschema
import pulumi
import pytest

from infra.nodes import NodePools, node_class_spec, node_pool_spec
from infra.placement import NODES, STEADY, TASKMANAGERS, placement
from infra.settings.cluster import ClusterSettings, Nodes, NodeSettings
from tests.declared import Cloud, deploy
from tests.kubernetes_schemas import check

CLASS = "kubernetes:eks.amazonaws.com/v1:NodeClass"
POOL = "kubernetes:karpenter.sh/v1:NodePool"
WHERE: dict[str, Any] = {"role": "nodes", "group": "sg-1", "subnets": ["subnet-a", "subnet-b"]}


def pools(**nodes: Any) -> Cloud:
    parsed = Nodes.model_validate(nodes)
    return deploy(
        lambda: NodePools(
            "nodes",
            parsed,
            cluster_name="lakehouse",
            security_group_id="sg-1",
            subnet_ids=[pulumi.Output.from_input("subnet-a"), pulumi.Output.from_input("subnet-b")],
            partition="aws",
        )
    )


def nodes(**given: Any) -> NodeSettings:
    return NodeSettings.model_validate({"families": ["r8g", "m8g"], **given})


def requirement(spec: dict[str, Any], key: str) -> list[str]:
    found = [each for each in spec["template"]["spec"]["requirements"] if each["key"] == key]
    return list(found[0]["values"]) if found else []


def test_every_object_is_one_that_auto_mode_takes() -> None:
    for given in ({}, {"taskmanagers": {"families": ["r8gd"], "local_state": "nvme", "spot": True}}):
        for each in pools(**given).program.resources:
            if each.type.startswith("kubernetes:"):
                check(each.inputs)


def test_both_pools_are_graviton_and_jobmanagers_never_on_spot() -> None:
    cloud = pools(taskmanagers={"families": ["r8g"], "spot": True})
    for pool, capacity in ((STEADY, ["on-demand"]), (TASKMANAGERS, ["spot", "on-demand"])):
        spec = cloud.inputs(POOL, f"nodes-{pool}")["spec"]
        assert requirement(spec, "kubernetes.io/arch") == ["arm64"]
        assert requirement(spec, "karpenter.sh/capacity-type") == capacity


def test_each_pool_has_the_class_of_its_name() -> None:
    cloud = pools()
    for pool in (STEADY, TASKMANAGERS):
        reference = cloud.inputs(POOL, f"nodes-{pool}")["spec"]["template"]["spec"]["nodeClassRef"]
        assert reference["name"] == cloud.inputs(CLASS, f"nodes-{pool}-class")["metadata"]["name"]
        # EKS keeps that name for its own.
        assert reference["name"] != "default"


def test_taskmanagers_nodes_are_for_them_alone_and_their_pods_go_nowhere_else() -> None:
    placed = placement(ClusterSettings(name="lakehouse"))
    spec = node_pool_spec(TASKMANAGERS, nodes())["template"]
    (taint,), (toleration,) = spec["spec"]["taints"], placed.taskmanagers["tolerations"]
    assert {key: toleration[key] for key in ("key", "value", "effect")} == taint
    assert placed.taskmanagers["nodeSelector"] == spec["metadata"]["labels"] == {NODES: TASKMANAGERS}


def test_all_else_goes_to_steady_nodes_which_have_no_taint() -> None:
    placed = placement(ClusterSettings(name="lakehouse"))
    spec = node_pool_spec(STEADY, nodes())["template"]
    assert placed.steady == {"nodeSelector": spec["metadata"]["labels"]} == {"nodeSelector": {NODES: STEADY}}
    assert "taints" not in spec["spec"]


def test_an_existing_cluster_chooses_where_pods_go() -> None:
    placed = placement(ClusterSettings.model_validate({"name": "theirs", "existing": {}}))
    assert (placed.steady, placed.taskmanagers) == ({}, {})


def test_a_gp3_volume_has_the_size_that_the_stack_says() -> None:
    settings = nodes(disk_gib=200)
    assert node_class_spec(settings, **WHERE)["ephemeralStorage"] == {"size": "200Gi", "iops": 3000, "throughput": 125}
    assert not requirement(node_pool_spec(TASKMANAGERS, settings), "eks.amazonaws.com/instance-local-nvme")


@pytest.mark.parametrize("disk_gib", [40, 80, 100])
def test_an_nvme_disk_is_larger_than_the_volume_it_replaces(disk_gib: int) -> None:
    """Auto Mode leaves a disk that is not unused, and RocksDB would write to the volume."""
    settings = nodes(families=["r8gd"], local_state="nvme", disk_gib=disk_gib)
    volume = node_class_spec(settings, **WHERE)["ephemeralStorage"]["size"]
    (gigabytes,) = requirement(node_pool_spec(TASKMANAGERS, settings), "eks.amazonaws.com/instance-local-nvme")
    assert int(gigabytes) * 1000**3 >= int(volume.removesuffix("Gi")) * 1024**3
    # The smallest of the newest family, an r8gd.large, is large enough by default.
    assert int(gigabytes) < 118


def test_nodes_are_where_the_cluster_is() -> None:
    spec = node_class_spec(nodes(), **WHERE)
    assert spec["role"] == "nodes"
    assert spec["subnetSelectorTerms"] == [{"id": "subnet-a"}, {"id": "subnet-b"}]
    assert spec["securityGroupSelectorTerms"] == [{"id": "sg-1"}]


def test_nodes_come_in_with_an_access_entry_before_there_is_a_class_of_them() -> None:
    cloud = pools()
    entry = cloud.inputs("aws:eks/accessEntry:AccessEntry", "nodes")
    assert (entry["type"], entry["principalArn"]) == ("EC2", "arn:aws:iam::123456789012:role/nodes")
    policy = cloud.inputs("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", "nodes")["policyArn"]
    assert policy == "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAutoNodePolicy"
    for each in cloud.program.of_kind("NodeClass"):
        assert any("accessPolicyAssociation" in urn for urn in each.dependencies)


def test_a_node_may_pull_images_and_join_and_nothing_else() -> None:
    cloud = pools()
    assert {each.inputs["policyArn"].rpartition("/")[2] for each in cloud.program.of_kind("RolePolicyAttachment")} == {
        "AmazonEKSWorkerNodeMinimalPolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }
    trust = json.loads(cloud.inputs("aws:iam/role:Role", "nodes")["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}


def test_no_pod_is_moved_to_save_a_little() -> None:
    spec = node_pool_spec(TASKMANAGERS, nodes(cpu_limit=8))
    assert spec["disruption"]["consolidationPolicy"] == "WhenEmpty"
    assert spec["disruption"]["budgets"] == [{"nodes": "1", "reasons": ["Drifted"]}]
    assert spec["limits"] == {"cpu": "8"}
    # Auto Mode's own limit is 21 days, which is 504 hours.
    assert spec["template"]["spec"]["expireAfter"] == "336h"


def test_nodes_enforce_network_policies() -> None:
    cloud = pools()
    switch = cloud.inputs("kubernetes:core/v1:ConfigMap", "nodes-network-policies")
    assert switch["metadata"] == {"name": "amazon-vpc-cni", "namespace": "kube-system"}
    assert switch["data"] == {"enable-network-policy-controller": "true"}
    assert cloud.inputs(CLASS, "nodes-steady-class")["spec"]["networkPolicy"] == "DefaultAllow"


def test_a_class_or_pool_that_cannot_be_used_fails_at_once() -> None:
    cloud = pools()
    for each in [*cloud.program.of_kind("NodeClass"), *cloud.program.of_kind("NodePool")]:
        assert each.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}


@pytest.mark.parametrize(
    ("kind", "at", "value"),
    [
        ("NodeClass", ["spec", "role"], "arn:aws:iam::123456789012:role/nodes"),
        ("NodeClass", ["spec", "instanceStorePolicy"], "RAID0"),
        ("NodePool", ["spec", "template", "spec", "requirements", 0, "key"], "karpenter.k8s.aws/instance-family"),
        ("NodePool", ["spec", "disruption", "consolidationPolicy"], "WhenUnderutilized"),
        ("NodePool", ["spec", "template", "spec", "expiresAfter"], "336h"),
    ],
)
def test_what_auto_mode_would_not_take_would_be_found(kind: str, at: list[Any], value: str) -> None:
    broken = copy.deepcopy(dict(pools().program.of_kind(kind)[0].inputs))
    check(broken)
    inner: Any = broken
    for part in at[:-1]:
        inner = inner[part]
    inner[at[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(broken)
