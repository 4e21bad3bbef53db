"""The pods of a job: what both kinds have in common, and where each kind may run."""

from collections.abc import Mapping
from typing import Any, Literal

import pulumi

from infra.charts import RESTRICTED_CONTAINER, RESTRICTED_POD
from infra.flink_configuration import CATALOG_FOLDER, LOCAL_STATE_FOLDER, METRICS_PORT
from infra.flink_entry import JOB_FOLDER

_USER = 9999
"""`flink` in the image."""


def common_pod(
    *,
    environment: Mapping[str, pulumi.Input[str]],
    files_config_map: pulumi.Input[str] | None,
    catalog_config_map: pulumi.Input[str],
    sources_secret: pulumi.Input[str] | None,
) -> dict[str, Any]:
    """`spec.podTemplate`: files, environment and rights of JobManager and TaskManagers. A session cluster has no
    files of a job."""
    container: dict[str, Any] = {
        "name": "flink-main-container",
        "env": [{"name": name, "value": value} for name, value in sorted(environment.items())],
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT, "protocol": "TCP"}],
        "volumeMounts": [
            *([{"name": "job", "mountPath": JOB_FOLDER, "readOnly": True}] if files_config_map is not None else []),
            {"name": "catalogs", "mountPath": CATALOG_FOLDER, "readOnly": True},
            {"name": "local-state", "mountPath": LOCAL_STATE_FOLDER},
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "log", "mountPath": "/opt/flink/log"},
        ],
        "securityContext": {**RESTRICTED_CONTAINER, "readOnlyRootFilesystem": True},
    }
    if sources_secret is not None:
        container["envFrom"] = [{"secretRef": {"name": sources_secret}}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "flink"},
        "spec": {
            "containers": [container],
            "volumes": [
                *([{"name": "job", "configMap": {"name": files_config_map}}] if files_config_map is not None else []),
                {"name": "catalogs", "configMap": {"name": catalog_config_map}},
                # On the node's gp3 volume or NVMe disk, and gone with the pod: checkpoints are what lasts.
                {"name": "local-state", "emptyDir": {}},
                # All else that Flink writes; nobody can change what it runs.
                {"name": "tmp", "emptyDir": {}},
                {"name": "log", "emptyDir": {}},
            ],
            "securityContext": {"runAsUser": _USER, "runAsGroup": _USER, "fsGroup": _USER, **RESTRICTED_POD},
            # A TaskManager that is asked to go hands over its slots before it is made to.
            "terminationGracePeriodSeconds": 60,
        },
    }


def placed_pod(
    job: str, component: Literal["jobmanager", "taskmanager"], placement: Mapping[str, Any]
) -> dict[str, Any]:
    """The `podTemplate` of one kind: on its nodes, and spread over zones as far as there is room.

    The labels are those that Flink gives its pods (Flink docs: native Kubernetes, "Manual Resource Cleanup").
    """
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"app": job, "component": component}},
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": component},
        "spec": {"containers": [], "topologySpreadConstraints": [spread], **placement},
    }
