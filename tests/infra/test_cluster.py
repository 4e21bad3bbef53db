import json
from typing import Any

import pulumi
import pytest

from infra.cluster import Cluster, kubeconfig
from infra.settings.cluster import ClusterSettings
from tests.declared import Cloud, deploy

CLUSTER = "aws:eks/cluster:Cluster"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
READERS = "arn:aws:iam::123456789012:role/readers"


def cluster(*, disposable: bool = False, partition: str = "aws", **settings: Any) -> Cloud:
    parsed = ClusterSettings.model_validate({"name": "lakehouse", **settings})
    return deploy(
        lambda: Cluster(
            "cluster",
            parsed,
            subnet_ids=[pulumi.Output.from_input(id_) for id_ in ("subnet-a", "subnet-b")],
            region="eu-west-1",
            partition=partition,
            disposable=disposable,
        )
    )


def inputs(**settings: Any) -> dict[str, Any]:
    return cluster(**settings).inputs(CLUSTER, "cluster")


def test_aws_runs_nodes_network_and_volumes_and_makes_no_nodes_of_its_own() -> None:
    found = inputs()
    # EKS refuses one of the three without the others; without its own pools it needs no role for their nodes.
    assert found["computeConfig"] == {"enabled": True}
    assert found["kubernetesNetworkConfig"]["elasticLoadBalancing"] == {"enabled": True}
    assert found["storageConfig"] == {"blockStorage": {"enabled": True}}
    assert found["bootstrapSelfManagedAddons"] is False


def test_the_api_server_is_private_unless_networks_are_named() -> None:
    private = inputs()["vpcConfig"]
    assert private == {
        "subnetIds": ["subnet-a", "subnet-b"],
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
    }
    named = inputs(api_cidrs=["203.0.113.0/24"])["vpcConfig"]
    assert (named["endpointPublicAccess"], named["endpointPrivateAccess"]) == (True, True)
    assert named["publicAccessCidrs"] == ["203.0.113.0/24"]


def test_kubernetes_secrets_are_encrypted_with_a_key_that_rotates() -> None:
    cloud = cluster()
    encrypted = cloud.inputs(CLUSTER, "cluster")["encryptionConfig"]
    assert encrypted == {
        "provider": {"keyArn": "arn:aws:kms:eu-west-1:123456789012:key/cluster"},
        "resources": ["secrets"],
    }
    assert cloud.inputs("aws:kms/key:Key", "cluster")["enableKeyRotation"] is True


def test_all_of_the_control_plane_is_logged_for_a_time() -> None:
    cloud = cluster(log_days=7)
    assert len(cloud.inputs(CLUSTER, "cluster")["enabledClusterLogTypes"]) == 5
    group = cloud.inputs("aws:cloudwatch/logGroup:LogGroup", "cluster")
    assert (group["name"], group["retentionInDays"]) == ("/aws/eks/lakehouse/cluster", 7)
    (made,) = cloud.program.of_kind("Cluster")
    # Else EKS makes the group first, and keeps the logs for ever.
    assert any("logGroup" in urn for urn in made.dependencies)


def test_who_may_come_in_is_said_by_access_entries_alone() -> None:
    cloud = cluster(admins=["arn:aws:iam::123456789012:role/ops/admin"], viewers=[READERS])
    config = cloud.inputs(CLUSTER, "cluster")["accessConfig"]
    assert config == {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True}
    policies = {
        each.inputs["principalArn"]: each.inputs["policyArn"].rpartition("/")[2]
        for each in cloud.program.of_kind("AccessPolicyAssociation")
    }
    assert policies == {
        "arn:aws:iam::123456789012:role/ops/admin": "AmazonEKSClusterAdminPolicy",
        READERS: "AmazonEKSAdminViewPolicy",
    }
    assert len(cloud.names(ENTRY)) == 2


def test_roles_of_one_name_in_two_accounts_can_both_come_in() -> None:
    twins = [READERS, READERS.replace("123456789012", "210987654321")]
    cloud = cluster(viewers=twins)
    assert {each.inputs["principalArn"] for each in cloud.program.of_kind("AccessEntry")} == set(twins)


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_the_role_has_what_auto_mode_needs_in_every_partition(partition: str) -> None:
    cloud = cluster(partition=partition)
    attached = {each.inputs["policyArn"] for each in cloud.program.of_kind("RolePolicyAttachment")}
    assert attached == {
        f"arn:{partition}:iam::aws:policy/AmazonEKS{part}Policy"
        for part in ("Cluster", "Compute", "BlockStorage", "LoadBalancing", "Networking")
    }
    trust = json.loads(cloud.inputs("aws:iam/role:Role", "cluster")["assumeRolePolicy"])
    # Without TagSession Auto Mode can't act for the cluster.
    assert trust["Statement"][0]["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    (made,) = cloud.program.of_kind("Cluster")
    assert sum("rolePolicyAttachment" in urn for urn in made.dependencies) == 5


def test_only_a_disposable_cluster_can_be_deleted() -> None:
    for disposable in (False, True):
        cloud = cluster(disposable=disposable)
        assert cloud.inputs(CLUSTER, "cluster")["deletionProtection"] is not disposable
        protected = {each.kind for each in cloud.program.resources if each.protect}
        assert protected == (set() if disposable else {"Cluster", "Key"})


def test_a_forgotten_upgrade_costs_no_extended_support() -> None:
    assert inputs()["upgradePolicy"] == {"supportType": "STANDARD"}


def test_the_kubeconfig_asks_for_a_token_and_holds_none() -> None:
    found = json.loads(kubeconfig("lakehouse", "https://eks", "Q0E=", region="eu-west-1"))
    user = found["users"][0]["user"]
    assert set(user) == {"exec"}
    assert user["exec"]["command"] == "aws"
    assert user["exec"]["args"] == [
        *("--region", "eu-west-1"),
        *("eks", "get-token"),
        *("--cluster-name", "lakehouse"),
        *("--output", "json"),
    ]
    assert found["clusters"][0]["cluster"] == {"server": "https://eks", "certificate-authority-data": "Q0E="}
    assert found["current-context"] == found["contexts"][0]["name"]
