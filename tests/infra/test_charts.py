from typing import Any

import jsonschema
import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from infra import versions
from infra.charts import ChartPin, install, keep_definitions, replicated
from tests.declared import deploy
from tests.kubernetes_schemas import check

CHART = "kubernetes:helm.sh/v4:Chart"
DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"
PINS = (versions.CERT_MANAGER, versions.EXTERNAL_SECRETS, versions.FLINK_OPERATOR)


def chart(pin: ChartPin) -> dict[str, Any]:
    cloud = deploy(
        lambda: install("it", pin, namespace="ours", values={}, disposable=True, opts=pulumi.ResourceOptions())
    )
    return cloud.inputs(CHART, "it")


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin.chart)
def test_every_chart_is_of_one_version_and_cannot_be_changed_on_the_way(pin: ChartPin) -> None:
    check(chart(pin))


@pytest.mark.parametrize(
    "pin",
    [
        ChartPin("flink-kubernetes-operator", "^1.15", "https://example.com/"),
        ChartPin("flink-kubernetes-operator", "1.15.0", "http://example.com/"),
        ChartPin("flink-kubernetes-operator", "1.15.0"),
        ChartPin("oci://example.com/flink-kubernetes-operator", "1.15.0"),
    ],
)
def test_a_chart_that_can_change_would_be_found(pin: ChartPin) -> None:
    with pytest.raises(jsonschema.ValidationError):
        check(chart(pin))


@pytest.mark.parametrize("disposable", [False, True])
def test_definitions_outlive_their_chart_unless_the_stack_is_disposable(
    disposable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[pulumi.ResourceOptions] = []

    def chart(_: str, *, opts: pulumi.ResourceOptions, **__: object) -> None:
        given.append(opts)

    monkeypatch.setattr(kubernetes.helm.v4, "Chart", chart)
    opts = pulumi.ResourceOptions(protect=True)
    install("it", PINS[0], namespace="ours", values={}, disposable=disposable, opts=opts)
    assert given[0].transforms == (None if disposable else [keep_definitions])
    assert given[0].protect


def transformed(type_: str) -> pulumi.ResourceTransformResult | None:
    args = pulumi.ResourceTransformArgs(
        custom=True,
        type_=type_,
        name="it",
        props={"kind": "Any"},
        opts=pulumi.ResourceOptions(protect=True),
    )
    return keep_definitions(args)


def test_pulumi_forgets_a_definition_instead_of_deleting_it() -> None:
    kept = transformed(DEFINITION)
    assert kept
    assert kept.props == {"kind": "Any"}
    assert (kept.opts.retain_on_delete, kept.opts.protect) == (True, True)


def test_all_else_of_a_chart_goes_with_it() -> None:
    assert transformed("kubernetes:apps/v1:Deployment") is None


def test_one_pod_needs_no_second_node() -> None:
    assert replicated(1, "webhook") == {}


@pytest.mark.parametrize("replicas", [2, 3])
def test_no_two_pods_are_on_one_node(replicas: int) -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "it"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"labels": {"a": "b"}},
                "spec": {"containers": [{"name": "it", "image": "it"}], **replicated(replicas, "webhook")},
            },
        },
    }
    check(deployment)
    nodes, zones = replicated(replicas, "webhook")["topologySpreadConstraints"]
    assert (nodes["topologyKey"], nodes["whenUnsatisfiable"], nodes["minDomains"]) == (
        "kubernetes.io/hostname",
        "DoNotSchedule",
        replicas,
    )
    assert (zones["topologyKey"], zones["whenUnsatisfiable"]) == ("topology.kubernetes.io/zone", "ScheduleAnyway")
    assert nodes["labelSelector"] == zones["labelSelector"] == {"matchLabels": {"app.kubernetes.io/name": "webhook"}}
