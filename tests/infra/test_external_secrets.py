import json
import re
from typing import Any

from infra.external_secrets import ExternalSecrets, read_policy, values
from infra.placement import Placement
from infra.settings.aws import AwsSettings
from infra.source_secrets import SecretEntry
from tests.declared import Cloud, deploy
from tests.kubernetes_schemas import check

AWS = AwsSettings(region="eu-west-1")
STEADY = Placement(steady={"nodeSelector": {"nodes": "steady"}})
ERP = SecretEntry("arn:aws:secretsmanager:eu-west-1:1:secret:erp-AbCdEf", None)
SHIP = SecretEntry("arn:aws:secretsmanager:eu-west-1:1:secret:ship-AbCdEf", "arn:aws:kms:eu-west-1:1:key/k")
CHART = "kubernetes:helm.sh/v4:Chart"
STORE = "kubernetes:external-secrets.io/v1:ClusterSecretStore"


def external_secrets(*entries: SecretEntry, aws: AwsSettings = AWS) -> Cloud:
    return deploy(
        lambda: ExternalSecrets(
            "external-secrets",
            aws,
            store="aws-secrets-manager",
            for_namespace="flink",
            entries=entries,
            cluster_name="lakehouse",
            replicas=1,
            placement=Placement(),
            disposable=True,
        )
    )


def parts(replicas: int) -> list[dict[str, Any]]:
    found = values(replicas, STEADY)
    return [found, found["webhook"], found["certController"]]


def test_where_aws_is_played_it_asks_that_one() -> None:
    played = AwsSettings(region="eu-west-1", endpoint="http://localhost:4566", pod_endpoint="http://aws:5000")
    variables = external_secrets(ERP, aws=played).inputs(CHART, "external-secrets")["values"]["extraEnv"]
    assert {each["name"]: each["value"] for each in variables} == {
        "AWS_SECRETSMANAGER_ENDPOINT": "http://aws:5000",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    assert "extraEnv" not in external_secrets(ERP).inputs(CHART, "external-secrets")["values"]


def test_it_reads_the_entries_of_the_stacks_sources_and_no_others() -> None:
    cloud = external_secrets(SHIP, ERP)
    policy = json.loads(cloud.inputs("aws:iam/rolePolicy:RolePolicy", "external-secrets")["policy"])
    read, decrypt = policy["Statement"]
    assert read["Resource"] == [ERP.arn, SHIP.arn]
    assert set(read["Action"]) == {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt"], [SHIP.kms_key_arn])


def test_entries_under_the_key_of_secrets_manager_need_no_key() -> None:
    assert [statement["Sid"] for statement in read_policy([ERP])["Statement"]] == ["Read"]


def test_without_sources_there_is_no_policy_about_nothing() -> None:
    assert not external_secrets().program.of_kind("RolePolicy")


def test_its_pods_have_the_role_when_they_start() -> None:
    cloud = external_secrets(ERP)
    association = cloud.inputs("aws:eks/podIdentityAssociation:PodIdentityAssociation", "external-secrets")
    chart = cloud.inputs(CHART, "external-secrets")
    assert association["serviceAccount"] == chart["values"]["serviceAccount"]["name"]
    assert association["namespace"] == chart["namespace"]
    (made,) = cloud.program.of_kind("Chart")
    assert {"PodIdentityAssociation", "RolePolicy"} <= {
        urn.split("::")[-2].rpartition(":")[2] for urn in made.dependencies
    }


def test_the_store_serves_the_jobs_namespace_alone_with_the_operators_own_role() -> None:
    cloud = external_secrets(ERP)
    store = cloud.inputs(STORE, "external-secrets")
    check(store)
    assert store["metadata"] == {
        "name": "aws-secrets-manager",
        "annotations": {"pulumi.com/waitFor": "condition=Ready"},
    }
    assert store["spec"] == {
        "provider": {"aws": {"service": "SecretsManager", "region": "eu-west-1"}},
        "conditions": [{"namespaces": ["flink"]}],
    }
    (made,) = cloud.program.of_kind("ClusterSecretStore")
    assert any("helm.sh/v4:Chart" in urn for urn in made.dependencies)


def test_every_part_runs_the_image_by_digest_on_steady_nodes_within_bounds() -> None:
    for part in parts(1):
        # The chart writes repository:tag; anything after the digest would make it another image.
        assert re.fullmatch(r"v\d+\.\d+\.\d+@sha256:[0-9a-f]{64}", part["image"]["tag"])
        assert set(part["image"]) == {"tag"}
        assert part["nodeSelector"] == {"nodes": "steady"}
        assert part["resources"]["limits"] == {"memory": "256Mi"}


def test_two_of_each_part_are_apart_and_one_leads() -> None:
    for part in parts(2):
        assert part["replicaCount"] == 2
        assert part["podDisruptionBudget"] == {"enabled": True, "minAvailable": 1}
        assert part["topologySpreadConstraints"]
    assert values(2, STEADY)["leaderElect"] is True


def test_what_it_could_do_and_is_never_asked_to_is_off() -> None:
    found = values(1, STEADY)
    for kind in ("PushSecret", "ClusterPushSecret", "ClusterExternalSecret", "ClusterGenerator"):
        assert found[f"process{kind}"] is False
        assert found["crds"][f"create{kind}"] is False
    assert found["rbac"]["serviceAccountTokenCreate"] is False
