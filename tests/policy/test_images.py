from dataclasses import replace
from typing import Any

import pytest

from tests.policy.given import JOB, UNKNOWN, Given, findings, job

RULE = "image-by-tag"
DIGEST = "@sha256:" + "0" * 64


def pods(**spec: Any) -> dict[str, Any]:
    return {"spec": {"template": {"spec": {key: [{"name": "c", "image": value}] for key, value in spec.items()}}}}


def deployment(image: Any, key: str = "containers") -> Given:
    return Given("kubernetes:apps/v1:Deployment", "it", pods(**{key: image}))


@pytest.mark.parametrize("image", [f"quay.io/x/y:1.0{DIGEST}", f"y{DIGEST}"])
def test_an_image_by_digest_passes(image: str) -> None:
    assert findings(RULE, deployment(image), job(image=image)) == []


@pytest.mark.parametrize("image", ["y", "y:latest", "quay.io/x/y:1.2.3", "y@sha256:abc", f"y{DIGEST}0"])
def test_an_image_by_tag_is_found(image: str) -> None:
    (message,) = findings(RULE, deployment(image))
    assert f"spec.template.spec.containers[0].image is {image}" in message
    assert "@sha256:<digest>" in message
    (message,) = findings(RULE, job(image=image))
    assert f"spec.image is {image}" in message


@pytest.mark.parametrize("key", ["initContainers", "ephemeralContainers"])
def test_every_kind_of_container_counts(key: str) -> None:
    assert len(findings(RULE, deployment("y:1", key))) == 1


def test_pods_are_found_however_deep_they_stand() -> None:
    cron = {"spec": {"jobTemplate": pods(containers="y:1")}}
    (message,) = findings(RULE, Given("kubernetes:batch/v1:CronJob", "it", cron))
    assert "spec.jobTemplate.spec.template.spec.containers[0].image" in message
    pod = {"spec": {"containers": [{"name": "c", "image": "y:1"}, {"name": "d", "image": f"z{DIGEST}"}]}}
    assert len(findings(RULE, Given("kubernetes:core/v1:Pod", "it", pod))) == 1
    side_car = {"spec": {"containers": [{"name": "side-car", "image": "y:1"}]}}
    assert len(findings(RULE, job(podTemplate=side_car), job("b", taskManager={"podTemplate": side_car}))) == 2


def test_flinks_own_container_takes_the_image_of_the_deployment() -> None:
    assert findings(RULE, job(podTemplate={"spec": {"containers": [{"name": "flink-main-container"}]}})) == []


def test_a_deployment_without_an_image_runs_the_operators_default() -> None:
    (message,) = findings(RULE, job(image=None))
    assert "names no image" in message
    (message,) = findings(RULE, job(image=None, options={"kubernetes.container.image.ref": "flink:1.20"}))
    assert "flink:1.20" in message
    for option in ("kubernetes.container.image.ref", "kubernetes.container.image"):
        assert findings(RULE, job(image=None, options={option: f"flink{DIGEST}"})) == []


def test_a_session_job_runs_on_its_clusters_image() -> None:
    assert findings(RULE, replace(job(image=None), type=JOB.replace("FlinkDeployment", "FlinkSessionJob"))) == []


def test_pods_in_a_list_are_found_and_other_lists_left_alone() -> None:
    pod = {"spec": {"containers": [{"image": "y:1"}], "volumes": [{"name": "v", "image": "no container"}]}}
    (message,) = findings(RULE, Given("kubernetes:core/v1:PodList", "it", {"items": [pod]}))
    assert message.startswith("items[0].spec.containers[0].image is y:1")


@pytest.mark.parametrize("image", [UNKNOWN, "", "registry/flink@"])
def test_an_image_that_is_yet_to_be_built_is_no_violation(image: str) -> None:
    assert findings(RULE, job(image=image), deployment(image)) == []


def test_of_unknown_pods_nothing_is_said() -> None:
    assert findings(RULE, Given("kubernetes:apps/v1:Deployment", "it", {"spec": UNKNOWN})) == []
    assert findings(RULE, Given("kubernetes:core/v1:Pod", "it", {"spec": {"containers": [UNKNOWN]}})) == []
    assert findings(RULE, Given(JOB, "it", {"spec": UNKNOWN, "metadata": UNKNOWN})) == []
    assert findings(RULE, job(image=None, flinkConfiguration=UNKNOWN)) == []


def test_only_kubernetes_has_pods() -> None:
    assert findings(RULE, Given("aws:ecs/taskDefinition:TaskDefinition", "it", pods(containers="y:1"))) == []
