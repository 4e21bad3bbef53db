from collections.abc import Sequence
from typing import Any

import pytest

from infra.operators import Operators
from infra.settings.aws import AwsSettings
from infra.settings.cluster import ClusterSettings, Operator, OperatorSettings
from infra.source_secrets import SecretEntry
from tests.declared import Cloud, deploy, needed_by

ENTRY = SecretEntry("arn:aws:secretsmanager:eu-west-1:1:secret:erp-AbCdEf", None)


def operators(*, replicas: int = 1, provided: Sequence[Operator] | None = None) -> Cloud:
    existing = {"existing": {"provides": provided}} if provided is not None else {}
    cluster = ClusterSettings.model_validate({"name": "lakehouse", **existing})
    return deploy(
        lambda: Operators(
            "operators",
            OperatorSettings(replicas=replicas),
            cluster=cluster,
            cluster_name="lakehouse",
            entries=[ENTRY],
            aws=AwsSettings(region="eu-west-1"),
            disposable=False,
        )
    )


def charts(cloud: Cloud) -> dict[str, dict[str, Any]]:
    return {each.name: dict(each.inputs["values"]) for each in cloud.program.of_kind("Chart")}


@pytest.mark.parametrize(
    ("provided", "installed"),
    [
        (None, {"cert-manager", "external-secrets", "flink-operator"}),
        ([], {"cert-manager", "external-secrets", "flink-operator"}),
        (["cert-manager"], {"external-secrets", "flink-operator"}),
        (["cert-manager", "external-secrets"], {"flink-operator"}),
        (["cert-manager", "external-secrets", "flink-operator"], set[str]()),
    ],
)
def test_the_stack_installs_what_the_cluster_does_not_provide(
    provided: Sequence[Operator] | None, installed: set[str]
) -> None:
    assert set(charts(operators(provided=provided))) == installed


def test_the_flink_operator_waits_for_certificates_and_its_password() -> None:
    cloud = operators()
    found = {each.name: each for each in cloud.program.of_kind("Chart")}
    before = needed_by(found["flink-operator"], cloud.program)
    assert {found["cert-manager"].urn, found["external-secrets"].urn} <= before
    (password,) = cloud.program.of_kind("Password")
    assert found["external-secrets"].urn in needed_by(password, cloud.program)


@pytest.mark.parametrize("replicas", [1, 2])
def test_all_of_them_have_as_many_pods_as_the_stack_says(replicas: int) -> None:
    found = charts(operators(replicas=replicas))
    assert found["flink-operator"]["replicas"] == replicas
    assert found["cert-manager"]["cainjector"]["replicaCount"] == replicas
    assert found["external-secrets"]["certController"]["replicaCount"] == replicas


def test_they_run_on_steady_nodes_unless_the_cluster_is_not_ours() -> None:
    ours, theirs = charts(operators()), charts(operators(provided=[]))
    assert ours["external-secrets"]["nodeSelector"] == {"flink-lakehouse/nodes": "steady"}
    assert "nodeSelector" not in theirs["external-secrets"]
    assert "nodeSelector" not in theirs["flink-operator"]["operatorPod"]


def test_every_namespace_takes_restricted_pods_only() -> None:
    namespaces = operators().program.of_kind("Namespace")
    assert {each.inputs["metadata"]["name"] for each in namespaces} == {
        "cert-manager",
        "external-secrets",
        "flink-operator",
    }
    for each in namespaces:
        assert each.inputs["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}


def test_the_store_is_called_as_jobs_call_it() -> None:
    (store,) = operators().program.of_kind("ClusterSecretStore")
    assert store.inputs["metadata"]["name"] == ClusterSettings(name="lakehouse").secret_store
    assert store.inputs["spec"]["conditions"] == [{"namespaces": ["flink"]}]
