"""The FlinkDeployment of a job, as plain data: what the Flink Kubernetes Operator is asked to run.

Field names are those of `flink.apache.org/v1beta1`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from infra.flink_configuration import LOGGING, flink_configuration
from infra.flink_entry import entry
from infra.jobs import Job
from infra.placement import Placement
from infra.pod_templates import common_pod, placed_pod
from infra.restore import restore_fields
from infra.settings.flink import FlinkSettings
from infra.versions import FLINK_VERSION


@dataclass(frozen=True)
class Surroundings:
    """What a job runs with: names of things that exist by then, and are known once they do."""

    image: pulumi.Input[str]
    state_bucket: pulumi.Input[str]
    service_account: pulumi.Input[str]
    files_config_map: pulumi.Input[str]
    catalog_config_map: pulumi.Input[str]
    sources_secret: pulumi.Input[str] | None
    environment: Mapping[str, pulumi.Input[str]]
    region: str
    endpoint: str | None
    placement: Placement


def metadata(job: Job, *, disposable: bool) -> dict[str, Any]:
    """Labels and annotations: what people and the policy pack may know of a job without reading its spec."""
    objective = {"flink-lakehouse/freshness": job.objective} if job.objective else {}
    return {
        "labels": {
            "app.kubernetes.io/part-of": "flink-lakehouse",
            "flink-lakehouse/environment": "disposable" if disposable else "production",
        },
        "annotations": {
            "flink-lakehouse/owner": job.manifest.owner,
            "flink-lakehouse/description": job.manifest.description,
            **objective,
        },
    }


def spec(job: Job, settings: FlinkSettings, around: Surroundings) -> dict[str, Any]:
    """The `spec` of a job's FlinkDeployment: application mode, the job's own state paths, restart from savepoints.

    Not one Output but plain data with Outputs in it: a preview, and a policy, sees all that is known.
    """
    manifest = job.manifest
    jobmanager, taskmanager = manifest.resources.jobmanager, manifest.resources.taskmanager
    return {
        "image": around.image,
        "flinkVersion": FLINK_VERSION,
        "mode": "native",
        "serviceAccount": around.service_account,
        "flinkConfiguration": flink_configuration(
            job, settings, state_bucket=around.state_bucket, region=around.region, endpoint=around.endpoint
        ),
        "logConfiguration": LOGGING,
        "podTemplate": common_pod(
            # Without its Pod Identity association a job fails; it never borrows the node's role.
            environment={**around.environment, "AWS_REGION": around.region, "AWS_EC2_METADATA_DISABLED": "true"},
            files_config_map=around.files_config_map,
            catalog_config_map=around.catalog_config_map,
            sources_secret=around.sources_secret,
        ),
        "jobManager": {
            "replicas": settings.jobmanagers,
            "resource": {"cpu": jobmanager.cpu, "memory": jobmanager.memory},
            "podTemplate": placed_pod(job.name, "jobmanager", around.placement.steady),
        },
        "taskManager": {
            "resource": {"cpu": taskmanager.cpu, "memory": taskmanager.memory},
            "podTemplate": placed_pod(job.name, "taskmanager", around.placement.taskmanagers),
        },
        "job": {
            **entry(job),
            "parallelism": manifest.parallelism,
            "state": "running",
            "upgradeMode": manifest.upgrade_mode or settings.upgrade_mode,
            **restore_fields(settings.restore_from.get(job.name)),
        },
    }
