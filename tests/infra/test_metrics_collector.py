import json
from typing import Any

import yaml

from infra.job_namespace import network_policy
from infra.metrics_collector import MetricsCollector
from infra.placement import Placement
from infra.settings.aws import AwsSettings
from infra.versions import METRICS_COLLECTOR_IMAGE
from tests.declared import Cloud, deploy, needed_by
from tests.kubernetes_schemas import check

AWS = AwsSettings(region="eu-west-1")
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def declared(aws: AwsSettings = AWS) -> Cloud:
    return deploy(
        lambda: MetricsCollector(
            "metrics",
            aws,
            jobs_in="flink",
            placement=Placement(steady={"nodeSelector": {"nodes": "steady"}}),
            cluster_name="test",
            topic_arn="arn:topic",
        )
    )


def pod(cloud: Cloud) -> dict[str, Any]:
    return cloud.inputs(DEPLOYMENT, "metrics")["spec"]["template"]


def test_every_object_is_valid() -> None:
    objects = [each for each in declared().program.resources if each.type.startswith("kubernetes:")]
    assert len(objects) == 7
    for each in objects:
        check(each.inputs)


def test_where_aws_is_played_it_writes_to_that_one() -> None:
    cloud = declared(AwsSettings(region="eu-west-1", endpoint="http://localhost:4566", pod_endpoint="http://aws:5000"))
    (container,) = pod(cloud)["spec"]["containers"]
    keys = {each["name"]: each["value"] for each in container["env"] if "_KEY" in each["name"]}
    assert keys == {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    (config_map,) = cloud.program.of_kind("ConfigMap")
    told = yaml.safe_load(config_map.inputs["data"]["config.yaml"])
    assert told["exporters"]["awsemf"]["endpoint"] == "http://aws:5000"
    (of_aws,) = pod(declared())["spec"]["containers"]
    assert not [each for each in of_aws["env"] if "_KEY" in each["name"]]


def test_there_is_never_more_than_one() -> None:
    spec = declared().inputs(DEPLOYMENT, "metrics")["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_it_is_pinned_closed_and_on_steady_nodes() -> None:
    found = pod(declared())["spec"]
    (container,) = found["containers"]
    assert container["image"] == METRICS_COLLECTOR_IMAGE
    assert "@sha256:" in METRICS_COLLECTOR_IMAGE
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert found["securityContext"]["runAsNonRoot"] is True
    assert found["nodeSelector"] == {"nodes": "steady"}


def test_the_jobs_network_policy_lets_it_in() -> None:
    labels = pod(declared())["metadata"]["labels"]
    peers: list[Any] = [peer for rule in network_policy()["ingress"] for peer in rule["from_"]]  # pyright: ignore
    allowed = [peer["pod_selector"]["match_labels"] for peer in peers]
    assert any(wanted.items() <= labels.items() for wanted in allowed)


def test_of_the_cluster_it_sees_the_jobs_pods_alone() -> None:
    cloud = declared()
    role = cloud.inputs("kubernetes:rbac.authorization.k8s.io/v1:Role", "metrics")
    assert role["metadata"]["namespace"] == "flink"
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
    (subject,) = cloud.inputs("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "metrics")["subjects"]
    assert subject == {"kind": "ServiceAccount", "name": "metrics-collector", "namespace": "metrics-collector"}
    assert not cloud.program.of_kind("ClusterRole")


def test_of_the_account_it_writes_to_one_log_group_alone() -> None:
    cloud = declared()
    (allowed,) = json.loads(cloud.inputs("aws:iam/rolePolicy:RolePolicy", "metrics")["policy"])["Statement"]
    assert allowed["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    (group,) = allowed["Resource"]
    assert group == "arn:aws:logs:eu-west-1:123456789012:log-group:/flink-lakehouse/test/metrics:*"


def test_a_change_of_its_configuration_is_a_new_pod() -> None:
    cloud = declared()
    config_map = cloud.inputs("kubernetes:core/v1:ConfigMap", "metrics")
    (volume,) = pod(cloud)["spec"]["volumes"]
    assert volume["configMap"]["name"] == config_map["metadata"]["name"]
    assert config_map["immutable"] is True
    told = yaml.safe_load(config_map["data"]["config.yaml"])
    assert told["exporters"]["awsemf"]["log_group_name"] == "/flink-lakehouse/test/metrics"
    assert told["exporters"]["awsemf"]["namespace"] == "FlinkLakehouse/test"


def test_it_starts_with_all_that_it_needs() -> None:
    cloud = declared()
    (deployment,) = cloud.program.of_kind("Deployment")
    before = needed_by(deployment, cloud.program)
    for kind in ("PodIdentityAssociation", "RolePolicy", "RoleBinding", "LogGroup", "ConfigMap", "Namespace"):
        (needed,) = cloud.program.of_kind(kind)
        assert needed.urn in before, kind


def test_the_platform_hears_when_no_metrics_come() -> None:
    alarm = declared().inputs(ALARM, "metrics")
    assert (alarm["metricName"], alarm["dimensions"]) == ("up", {"component": "collector"})
    assert (alarm["treatMissingData"], alarm["alarmActions"]) == ("breaching", ["arn:topic"])
    assert alarm["alarmDescription"].endswith("docs/observability.md#no-metrics")


def test_nobody_hears_of_missing_metrics_before_there_can_be_any() -> None:
    program = declared().program
    (alarm,), (deployment,) = program.of_kind("MetricAlarm"), program.of_kind("Deployment")
    assert deployment.urn in needed_by(alarm, program)
