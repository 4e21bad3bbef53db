"""The Flink options of a job: those that the platform sets, over the job's own; options are those of the pinned Flink
(`infra/versions.py`)."""

from collections.abc import Callable

import pulumi

from infra.flink_entry import JOB_FOLDER, PYTHON, RUNNER_JAR
from infra.jobs import Job
from infra.settings.flink import FlinkSettings

CATALOG_FOLDER = "/opt/flink/catalogs"
LOCAL_STATE_FOLDER = "/opt/flink/local-state"
METRICS_PORT = 9249

_ROLLBACK = {
    # Rolling back needs HA metadata to find the last good state.
    "kubernetes.operator.deployment.rollback.enabled": "true",
    "kubernetes.operator.deployment.readiness.timeout": "5 min",
}


def flink_configuration(
    job: Job, settings: FlinkSettings, *, state_bucket: pulumi.Input[str], region: str, endpoint: str | None
) -> dict[str, pulumi.Input[str]]:
    """Of a job with a cluster of its own: the job's own options first, the platform's over them (jobs.py refuses any
    that would clash).

    Only the paths of state wait for the bucket, so that a preview shows all else of a new job.
    """
    state = _below(state_bucket, job.name)
    options = {
        **_of_job(job, settings, state),
        **_of_cluster(settings, job.manifest.resources.taskmanager.slots, state, region, endpoint),
        # Changes come through Pulumi, not by a click.
        "web.submit.enable": "false",
        **(_python() if job.files.kind == "python" else {}),
        "kubernetes.operator.cluster.health-check.enabled": "true",
        **(_ROLLBACK if settings.high_availability else {}),
    }
    return dict(sorted(options.items()))


def session_configuration(
    settings: FlinkSettings,
    *,
    name: str,
    slots: int,
    state_bucket: pulumi.Input[str],
    region: str,
    endpoint: str | None,
) -> dict[str, pulumi.Input[str]]:
    """Of a session cluster: nothing that is a job's, since each brings its own."""
    options = {
        **_of_cluster(settings, slots, _below(state_bucket, name), region, endpoint),
        # The operator submits by the same REST call as a click; a network policy lets it alone in.
        "web.submit.enable": "true",
    }
    return dict(sorted(options.items()))


def session_job_configuration(
    job: Job, settings: FlinkSettings, *, state_bucket: pulumi.Input[str]
) -> dict[str, pulumi.Input[str]]:
    """Of a session job, over that of its cluster."""
    options = {
        **_of_job(job, settings, _below(state_bucket, job.name)),
        # The operator submits an empty jar (its `AbstractFlinkService`): the runner is in the image.
        "pipeline.classpaths": RUNNER_JAR.replace("local://", "file://"),
    }
    return dict(sorted(options.items()))


def _of_job(
    job: Job, settings: FlinkSettings, state: Callable[[str], pulumi.Input[str]]
) -> dict[str, pulumi.Input[str]]:
    return {
        **job.manifest.flink,
        "pipeline.name": job.name,
        **_checkpoints(settings, state),
        "restart-strategy.type": "exponential-delay",
        "restart-strategy.exponential-delay.initial-backoff": "1 s",
        "restart-strategy.exponential-delay.max-backoff": "1 min",
        "kubernetes.operator.job.savepoint-on-deletion": "true",
        "kubernetes.operator.periodic.savepoint.interval": "6 h",
        # As FlinkStateSnapshots, the default, nothing would remove the files of old ones, and the finalizer of each
        # would hold up the namespace, which goes after the operator. So they stand in the deployment's status.
        "kubernetes.operator.snapshot.resource.enabled": "false",
        "kubernetes.operator.savepoint.history.max.count": "10",
        "kubernetes.operator.savepoint.history.max.age": "7 d",
    }


def _of_cluster(
    settings: FlinkSettings,
    slots: int,
    state: Callable[[str], pulumi.Input[str]],
    region: str,
    endpoint: str | None,
) -> dict[str, pulumi.Input[str]]:
    return {
        "taskmanager.numberOfTaskSlots": str(slots),
        # RocksDB's files, on the node's disk.
        "io.tmp.dirs": LOCAL_STATE_FOLDER,
        "table.catalog-store.kind": "file",
        "table.catalog-store.file.path": CATALOG_FOLDER,
        "web.cancel.enable": "false",
        "metrics.reporter.prom.factory.class": "org.apache.flink.metrics.prometheus.PrometheusReporterFactory",
        "metrics.reporter.prom.port": str(METRICS_PORT),
        # Else every character of a label but letters, digits, ':' and '_' turns into '_'.
        "metrics.reporter.prom.filterLabelValueCharacters": "false",
        # A 0 or 1 for each state that a job can be in, instead of the time since it was.
        "metrics.job.status.enable": "STATE",
        **_high_availability(settings, state),
        **_s3(region, endpoint),
    }


def _below(bucket: pulumi.Input[str], prefix: str) -> Callable[[str], pulumi.Input[str]]:
    """Paths under a prefix of the bucket, known as soon as its name is."""

    def path(what: str) -> pulumi.Input[str]:
        if isinstance(bucket, str):
            return f"s3://{bucket}/{prefix}/{what}"
        return pulumi.Output.from_input(bucket).apply(lambda name: f"s3://{name}/{prefix}/{what}")

    return path


def _checkpoints(settings: FlinkSettings, state: Callable[[str], pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    return {
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
        "state.checkpoints.dir": state("checkpoints"),
        "state.savepoints.dir": state("savepoints"),
    }


def _high_availability(
    settings: FlinkSettings, state: Callable[[str], pulumi.Input[str]]
) -> dict[str, pulumi.Input[str]]:
    if not settings.high_availability:
        return {}
    return {
        "high-availability.type": "kubernetes",
        "high-availability.storageDir": state("ha"),
    }


def _python() -> dict[str, str]:
    return {
        "python.executable": PYTHON,
        "python.client.executable": PYTHON,
        # Where its workers find the job's other files.
        "python.pythonpath": JOB_FOLDER,
        # Beam logs the environment that a worker is given, secrets too.
        "python.systemenv.enabled": "false",
    }


def _s3(region: str, endpoint: str | None) -> dict[str, str]:
    if endpoint is None:
        return {"s3.endpoint.region": region}
    return {"s3.endpoint.region": region, "s3.endpoint": endpoint, "s3.path.style.access": "true"}


LOGGING = {
    "log4j-console.properties": """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %c{1} - %m%n
# Each checkpoint is a commit: Iceberg's own lines on each would drown the rest.
logger.iceberg.name = org.apache.iceberg
logger.iceberg.level = WARN
# Says of every checkpoint that nothing was wrong.
logger.shaded.name = org.apache.flink.shaded
logger.shaded.level = WARN
# Log whole environments, secrets too.
logger.pythonenv.name = org.apache.flink.client.python.PythonEnvUtils
logger.pythonenv.level = WARN
logger.beam.name = org.apache.beam.runners.fnexecution.control.DefaultJobBundleFactory
logger.beam.level = OFF
"""
}
"""`spec.logConfiguration`: to the console, where Kubernetes and whatever collects its logs expect it."""
