"""Helm charts as resources that a preview shows one by one, with their CRDs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

_DEFINITION = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


@dataclass(frozen=True)
class ChartPin:
    """One release of a chart. What it installs shows object by object in a preview, so that a chart which changed under
    its version is seen, and the images are pinned by digest in its values."""

    chart: str
    """Its address in an OCI registry, or its name in `repository`."""
    version: str
    repository: str | None = None


def install(
    name: str,
    pin: ChartPin,
    *,
    namespace: pulumi.Input[str],
    values: Mapping[str, Any],
    disposable: bool,
    opts: pulumi.ResourceOptions,
) -> kubernetes.helm.v4.Chart:
    """The chart's objects, each one Pulumi's: unlike a Helm release they show in a preview, and CRDs are upgraded too.

    `values` must be known in every preview: the provider lists no object of a chart with an unknown one. Unless
    `disposable`, CRDs outlive their chart.
    """
    # Options of the chart itself are not those of its objects.
    kept = None if disposable else pulumi.ResourceOptions(transforms=[keep_definitions])
    return kubernetes.helm.v4.Chart(
        name,
        chart=pin.chart,
        version=pin.version,
        repository_opts={"repo": pin.repository} if pin.repository else None,
        namespace=namespace,
        values=values,
        opts=pulumi.ResourceOptions.merge(opts, kept),
    )


def keep_definitions(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """A CRD takes every object of its kind with it, of whoever: jobs with a FlinkDeployment's, secrets with an
    ExternalSecret's. So Pulumi forgets it instead of deleting it."""
    if args.type_ != _DEFINITION:
        return None
    kept = pulumi.ResourceOptions(retain_on_delete=True)
    return pulumi.ResourceTransformResult(args.props, pulumi.ResourceOptions.merge(args.opts, kept))


RESTRICTED_POD: dict[str, Any] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
"""What the pod security standard `restricted` asks of a pod (Kubernetes docs: "Pod Security Standards")."""

RESTRICTED_CONTAINER: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""And of each container."""


def replicated(replicas: int, application: str) -> dict[str, Any]:
    """What goes into the values of a Deployment with more than one pod: no two on one node, zones apart if possible.

    `application`: the label `app.kubernetes.io/name` of its pods.
    """
    if replicas == 1:
        return {}
    pods = {
        "maxSkew": 1,
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": application}},
        # An update starts new pods beside the old ones.
        "matchLabelKeys": ["pod-template-hash"],
    }
    return {
        "topologySpreadConstraints": [
            # As many nodes as pods: else a single one would do, and nobody would ask for a second.
            {
                **pods,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "DoNotSchedule",
                "minDomains": replicas,
            },
            {**pods, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway"},
        ]
    }
