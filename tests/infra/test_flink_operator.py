import re
from typing import Any

import yaml

from infra.flink_operator import METRICS_PORT, FlinkOperator, values
from infra.placement import Placement
from tests.declared import Cloud, deploy
from tests.kubernetes_schemas import check

STEADY = Placement(steady={"nodeSelector": {"nodes": "steady"}})
CHART = "kubernetes:helm.sh/v4:Chart"
SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"


def operator() -> Cloud:
    return deploy(
        lambda: FlinkOperator("flink-operator", watches="flink", replicas=1, placement=Placement(), disposable=True)
    )


def configuration(replicas: int) -> dict[str, Any]:
    return yaml.safe_load(values("flink", replicas, STEADY)["defaultConfiguration"]["flink-conf.yaml"])


def test_it_watches_the_jobs_namespace_and_no_other() -> None:
    assert operator().inputs(CHART, "flink-operator")["values"]["watchNamespaces"] == ["flink"]


def test_its_image_is_one_by_digest_on_steady_nodes_within_bounds() -> None:
    found = values("flink", 1, STEADY)
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", found["image"]["digest"])
    pod = found["operatorPod"]
    assert pod["nodeSelector"] == {"nodes": "steady"}
    assert pod["resources"]["limits"] == pod["webhook"]["resources"]["limits"] == {"memory": "1Gi"}


def test_one_operator_goes_before_the_next_comes() -> None:
    assert values("flink", 1, STEADY)["strategy"] == {"type": "Recreate"}
    assert not any("leader-election" in key for key in configuration(1))


def test_two_operators_elect_a_leader_and_are_apart() -> None:
    found = values("flink", 2, STEADY)
    assert (found["replicas"], found["strategy"]) == (2, {"type": "RollingUpdate"})
    assert found["operatorPod"]["topologySpreadConstraints"]
    options = configuration(2)
    assert options["kubernetes.operator.leader-election.enabled"] is True
    assert options["kubernetes.operator.leader-election.lease-name"]


def test_its_metrics_are_for_prometheus_at_the_port_that_the_pod_shows() -> None:
    options = configuration(1)
    assert values("flink", 1, STEADY)["metrics"]["port"] == METRICS_PORT
    assert options["kubernetes.operator.metrics.reporter.prom.port"] == METRICS_PORT
    factory = options["kubernetes.operator.metrics.reporter.prom.factory.class"]
    assert factory == "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"


def test_its_pods_pass_the_strictest_pod_security_standard() -> None:
    found = values("flink", 1, STEADY)
    pod = found["podSecurityContext"]
    assert pod["runAsNonRoot"] is True
    assert pod["runAsUser"] > 0
    assert pod["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in ("operatorSecurityContext", "webhookSecurityContext"):
        assert found[container] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_jobs_get_no_account_or_role_from_the_chart() -> None:
    found = values("flink", 1, STEADY)
    assert found["jobServiceAccount"] == {"create": False}
    assert found["rbac"] == {"jobRole": {"create": False}, "jobRoleBinding": {"create": False}}


def test_the_webhook_checks_jobs_with_a_keystore_whose_password_nobody_knows() -> None:
    cloud = operator()
    webhook = cloud.inputs(CHART, "flink-operator")["values"]["webhook"]
    secret = cloud.inputs(SECRET, "flink-operator-keystore-password")
    check(secret)
    check(cloud.inputs("kubernetes:generators.external-secrets.io/v1alpha1:Password", "flink-operator-keystore"))
    assert webhook["create"] is True
    assert webhook["keystore"]["useDefaultPassword"] is False
    # The generator's one key is called so (External Secrets docs: "Password").
    assert webhook["keystore"]["passwordSecretRef"] == {"name": secret["spec"]["target"]["name"], "key": "password"}
    assert secret["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    # A new password would not open the keystore of before.
    assert secret["spec"]["refreshPolicy"] == "CreatedOnce"


def test_the_password_is_there_before_the_chart() -> None:
    cloud = operator()
    (chart,) = cloud.program.of_kind("Chart")
    assert any("ExternalSecret" in urn for urn in chart.dependencies)
    namespaces = {
        cloud.inputs(SECRET, "flink-operator-keystore-password")["metadata"]["namespace"],
        cloud.inputs(CHART, "flink-operator")["namespace"],
        cloud.inputs("kubernetes:core/v1:Namespace", "flink-operator")["metadata"]["name"],
    }
    assert namespaces == {"flink-operator"}
