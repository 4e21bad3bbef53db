"""The FlinkDeployment of a job, as plain data: what the Flink Kubernetes Operator is asked to run.

Field names are those of `flink.apache.org/v1beta1`; options are those of the pinned Flink (`infra/versions.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.jobs import Job
from infra.settings import FlinkSettings
from infra.versions import FLINK_VERSION

JOB_FOLDER = "/opt/flink/job"
CATALOG_FOLDER = "/opt/flink/catalogs"
SCRIPT_FILE = "job.sql"
RUNNER_JAR = "local:///opt/flink/usrlib/sql-runner.jar"
RUNNER_CLASS = "lakehouse.sqlrunner.SqlRunner"


@dataclass(frozen=True)
class Surroundings:
    """What a job runs with: names of things that exist by then."""

    image: str
    state_bucket: str
    service_account: str
    script_config_map: str
    catalog_config_map: str
    sources_secret: str | None
    environment: Mapping[str, str]
    region: str
    endpoint: str | None


def spec(job: Job, settings: FlinkSettings, around: Surroundings) -> dict[str, Any]:
    """The `spec` of a job's FlinkDeployment: application mode, the job's own state paths, restart from savepoints."""
    manifest = job.manifest
    resources = manifest.resources
    return {
        "image": around.image,
        "flinkVersion": FLINK_VERSION,
        "mode": "native",
        "serviceAccount": around.service_account,
        "flinkConfiguration": flink_configuration(job, settings, around),
        "podTemplate": _pod_template(around),
        "jobManager": {
            "replicas": 1,
            "resource": {"cpu": resources.jobmanager.cpu, "memory": resources.jobmanager.memory},
        },
        "taskManager": {"resource": {"cpu": resources.taskmanager.cpu, "memory": resources.taskmanager.memory}},
        "job": {
            "jarURI": RUNNER_JAR,
            "entryClass": RUNNER_CLASS,
            "args": [f"{JOB_FOLDER}/{SCRIPT_FILE}", *_promises(job)],
            "parallelism": manifest.parallelism,
            "state": "running",
            "upgradeMode": manifest.upgrade_mode or settings.upgrade_mode,
        },
    }


def _promises(job: Job) -> list[str]:
    """The tables and upsert keys of job.yaml, which the runner holds the script's tables against."""
    return [
        part
        for table in job.tables
        for part in ("--writes", f"lake.{table.database}.{table.name}={','.join(table.write.key)}")
    ]


def flink_configuration(job: Job, settings: FlinkSettings, around: Surroundings) -> dict[str, str]:
    """The job's own options first, the platform's over them (jobs.py refuses any that would clash)."""
    state = f"s3://{around.state_bucket}/{job.name}"
    options = {
        **job.manifest.flink,
        "pipeline.name": job.name,
        "taskmanager.numberOfTaskSlots": str(job.manifest.resources.taskmanager.slots),
        "execution.checkpointing.interval": settings.checkpoint_interval,
        "execution.checkpointing.mode": "EXACTLY_ONCE",
        # apache/iceberg#15846: the Iceberg sink loses rows with unaligned ones.
        "execution.checkpointing.unaligned.enabled": "false",
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "execution.checkpointing.num-retained": "3",
        "execution.checkpointing.tolerable-failed-checkpoints": "3",
        # Join state outgrows memory: RocksDB spills to disk, and uploads only what changed.
        "state.backend.type": "rocksdb",
        "execution.checkpointing.incremental": "true",
        # The names before Flink 1.20, which every operator release understands too.
        "state.checkpoints.dir": f"{state}/checkpoints",
        "state.savepoints.dir": f"{state}/savepoints",
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "1 min",
        "table.catalog-store.kind": "file",
        "table.catalog-store.file.path": CATALOG_FOLDER,
        # Changes come through Pulumi, not by a click.
        "web.cancel.enable": "false",
        "web.submit.enable": "false",
        "kubernetes.operator.job.savepoint-on-deletion": "true",
        "kubernetes.operator.periodic.savepoint.interval": "6 h",
        "kubernetes.operator.savepoint.history.max.count": "10",
        "kubernetes.operator.cluster.health-check.enabled": "true",
        **_high_availability(settings, state),
        **_s3(around),
    }
    return dict(sorted(options.items()))


def _high_availability(settings: FlinkSettings, state: str) -> dict[str, str]:
    if not settings.high_availability:
        return {}
    return {
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": f"{state}/ha",
        # Rolling back needs HA metadata to find the last good state.
        "kubernetes.operator.deployment.rollback.enabled": "true",
        "kubernetes.operator.deployment.readiness.timeout": "5 min",
    }


def _s3(around: Surroundings) -> dict[str, str]:
    if around.endpoint is None:
        return {"s3.endpoint.region": around.region}
    return {
        "s3.endpoint.region": around.region,
        "s3.endpoint": around.endpoint,
        "s3.path.style.access": "true",
    }


def catalog_files(job: Job, *, warehouse: str, region: str, endpoint: str | None) -> dict[str, str]:
    """Flink's file catalog store: one file a catalog, here `lake`, the Iceberg tables in Glue.

    Flink docs: "Catalog Store"; options: Iceberg docs, "AWS integrations".
    """
    options = {
        "type": "iceberg",
        "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "warehouse": f"s3://{warehouse}",
        # Iceberg creates this one if it is missing; 'default' would be a database that nobody asked for.
        "default-database": job.tables[0].database,
        "client.region": region,
        # Glue keeps every version of a table otherwise, and stops at 1,000,000 (Iceberg docs: "Skip Archive").
        "glue.skip-archive": "true",
    }
    if endpoint is not None:
        options |= {"glue.endpoint": endpoint, "s3.endpoint": endpoint, "s3.path-style-access": "true"}
    return {"lake.yaml": "".join(f'{key}: "{value}"\n' for key, value in options.items())}


def _pod_template(around: Surroundings) -> dict[str, Any]:
    environment = {**around.environment, "AWS_REGION": around.region}
    container: dict[str, Any] = {
        "name": "flink-main-container",
        "env": [{"name": name, "value": value} for name, value in sorted(environment.items())],
        "volumeMounts": [
            {"name": "job", "mountPath": JOB_FOLDER, "readOnly": True},
            {"name": "catalogs", "mountPath": CATALOG_FOLDER, "readOnly": True},
        ],
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    if around.sources_secret:
        container["envFrom"] = [{"secretRef": {"name": around.sources_secret}}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "flink"},
        "spec": {
            "containers": [container],
            "volumes": [
                {"name": "job", "configMap": {"name": around.script_config_map}},
                {"name": "catalogs", "configMap": {"name": around.catalog_config_map}},
            ],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 9999,
                "runAsGroup": 9999,
                "fsGroup": 9999,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            # A TaskManager that is asked to go hands over its slots before it is made to.
            "terminationGracePeriodSeconds": 60,
        },
    }
