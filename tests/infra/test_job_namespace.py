from infra.flink_configuration import METRICS_PORT
from infra.job_namespace import JobNamespace
from tests.declared import deploy


def test_the_namespace_takes_restricted_pods_only() -> None:
    cloud = deploy(lambda: JobNamespace("jobs", "flink"))
    metadata = cloud.inputs("kubernetes:core/v1:Namespace", "jobs")["metadata"]
    assert metadata == {"name": "flink", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}


def test_pods_of_jobs_are_reached_by_each_other_the_operator_and_the_collector() -> None:
    cloud = deploy(lambda: JobNamespace("jobs", "flink"))
    spec = cloud.inputs("kubernetes:networking.k8s.io/v1:NetworkPolicy", "jobs")["spec"]
    assert spec["policyTypes"] == ["Ingress"]
    among, operator, collector = spec["ingress"]
    assert among == {"from": [{"podSelector": {"matchLabels": {"type": "flink-native-kubernetes"}}}]}
    for rule, application, port in (
        (operator, "flink-kubernetes-operator", 8081),
        (collector, "metrics-collector", METRICS_PORT),
    ):
        (peer,) = rule["from"]
        assert peer["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": application}
        assert rule["ports"] == [{"protocol": "TCP", "port": port}]
