"""The pods of a FlinkDeployment: the operator's merge of pod templates, and what Flink fills in."""

from typing import Any

from tests.declared import STACKS
from tests.kubernetes_schemas import check
from tests.scanners.flink_pods import pods
from tests.test_program import program


def deployment(**spec: Any) -> dict[str, Any]:
    common: dict[str, Any] = {
        "image": "flink@sha256:0",
        "serviceAccount": "account",
        "flinkConfiguration": {},
        "jobManager": {"resource": {"cpu": 0.5, "memory": "1g"}},
        "taskManager": {"resource": {"cpu": 2, "memory": "2048m"}},
    }
    return {"metadata": {"name": "job", "namespace": "flink"}, "spec": common | spec}


def test_the_main_container_gets_image_and_resources() -> None:
    jobmanager, taskmanager = pods(deployment(flinkConfiguration={"kubernetes.taskmanager.cpu.limit-factor": "2.0"}))
    assert jobmanager["spec"]["containers"] == [
        {
            "name": "flink-main-container",
            "image": "flink@sha256:0",
            "imagePullPolicy": "IfNotPresent",
            "resources": {
                "requests": {"cpu": "0.5", "memory": "1024Mi"},
                "limits": {"cpu": "0.5", "memory": "1024Mi"},
            },
        }
    ]
    assert taskmanager["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "4.0", "memory": "2048Mi"}


def test_labels_are_those_that_network_policies_select() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods(deployment(podTemplate={"metadata": {"labels": {"a": "b"}}}))]
    common = {"a": "b", "app": "job", "type": "flink-native-kubernetes"}
    assert labels == [common | {"component": "jobmanager"}, common | {"component": "taskmanager"}]


def test_a_components_template_goes_over_the_common_one() -> None:
    main = {"name": "flink-main-container", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    common = {"spec": {"containers": [main], "nodeSelector": {"arch": "arm64"}}}
    own = {"spec": {"containers": [{"name": "flink-main-container", "env": [{"name": "C", "value": "3"}]}]}}
    spec: dict[str, Any] = {"podTemplate": common, "taskManager": deployment()["spec"]["taskManager"]}
    spec["taskManager"]["podTemplate"] = own

    def names(**options: str) -> list[list[str]]:
        made = list(pods(deployment(**spec, flinkConfiguration=options)))
        assert all(pod["spec"]["nodeSelector"] == {"arch": "arm64"} for pod in made)
        return [[each["name"] for each in pod["spec"]["containers"][0]["env"]] for pod in made]

    assert names() == [["A", "B"], ["C", "B"]]
    by_name = {"kubernetes.operator.pod-template.merge-arrays-by-name": "true"}
    assert names(**by_name) == [["A", "B"], ["A", "B", "C"]]


def test_the_programs_pods_are_valid() -> None:
    for stack in STACKS:
        for each in program(stack).of_kind("FlinkDeployment"):
            for pod in pods(each.inputs):
                check(pod)
