"""The metrics collector's pod, as plain data: the fields of Kubernetes' `apps/v1` Deployment."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.charts import RESTRICTED_CONTAINER, RESTRICTED_POD
from infra.collector_configuration import HEALTH_PORT
from infra.placement import Placement
from infra.versions import METRICS_COLLECTOR_IMAGE

APPLICATION = "metrics-collector"
"""Its pods' label `app.kubernetes.io/name`, by which the jobs' network policy lets it in; its namespace too."""

CONFIGURATION_FILE = "config.yaml"
_FOLDER = "/etc/otelcol-contrib"
"""Where the image looks for it."""
_USER = 10001
"""The image's own."""


def deployment_spec(
    service_account: pulumi.Input[str],
    config_map: pulumi.Input[str],
    placement: Placement,
    *,
    environment: Mapping[str, str],
) -> dict[str, Any]:
    name = {"app.kubernetes.io/name": APPLICATION}
    return {
        # Two would write every value twice, and each sum would double.
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": name},
        "template": {
            "metadata": {"labels": {**name, "app.kubernetes.io/part-of": "flink-lakehouse"}},
            "spec": {
                "serviceAccountName": service_account,
                "containers": [_container(environment)],
                "volumes": [{"name": "configuration", "configMap": {"name": config_map}}],
                "securityContext": {"runAsUser": _USER, "runAsGroup": _USER, **RESTRICTED_POD},
                **placement.steady,
            },
        },
    }


def _container(environment: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": "collector",
        "image": METRICS_COLLECTOR_IMAGE,
        "args": ["--config", f"{_FOLDER}/{CONFIGURATION_FILE}"],
        "env": [
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            # Before its memory limiter drops anything: Go's own hint to collect garbage harder.
            {"name": "GOMEMLIMIT", "value": "400MiB"},
            # Without its Pod Identity association it fails; it never borrows the node's role.
            {"name": "AWS_EC2_METADATA_DISABLED", "value": "true"},
            *({"name": name, "value": value} for name, value in environment.items()),
        ],
        "ports": [{"name": "health", "containerPort": HEALTH_PORT, "protocol": "TCP"}],
        "volumeMounts": [{"name": "configuration", "mountPath": _FOLDER, "readOnly": True}],
        # Measured: 95 MiB, and 1 MiB for each job with one TaskManager; next to no CPU.
        "resources": {"requests": {"cpu": "50m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
        "livenessProbe": {**_PROBE, "initialDelaySeconds": 10},
        "readinessProbe": _PROBE,
        "securityContext": {**RESTRICTED_CONTAINER, "readOnlyRootFilesystem": True},
    }


_PROBE: dict[str, Any] = {"httpGet": {"path": "/", "port": "health"}, "periodSeconds": 10}
