"""Where jobs run, and who hears of them: cluster, operators, image, topics and the collector of metrics."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.account import Account
from infra.compute import Compute
from infra.flink_image import FlinkImage
from infra.job_namespace import JobNamespace
from infra.jobs import Job
from infra.metrics_collector import MetricsCollector
from infra.notifications import Notifications
from infra.operators import Operators
from infra.placement import placement
from infra.settings import Settings
from infra.settings.flink import PLATFORM
from infra.source_secrets import find_entries


@dataclass(frozen=True)
class Foundation:
    """What jobs run on."""

    compute: Compute
    namespace: JobNamespace
    operators: Operators
    image: FlinkImage
    alerts: Notifications
    collector: MetricsCollector


def build_foundation(settings: Settings, jobs: list[Job], account: Account, cloud: aws.Provider) -> Foundation:
    """Everything that is there before the first job, but for the lake; raises `ConfigurationError`."""
    region, disposable = settings.aws.region, settings.disposable
    entries = find_entries(settings.sources, cloud)
    on_cloud = pulumi.ResourceOptions(provider=cloud)
    compute = Compute(
        "compute",
        settings.cluster,
        network=settings.network,
        region=region,
        partition=account.partition,
        disposable=disposable,
        cloud=cloud,
        opts=on_cloud,
    )
    on_both = pulumi.ResourceOptions(providers=[cloud, compute.provider])
    namespace = JobNamespace("jobs", settings.cluster.namespace, opts=on_both)
    operators = Operators(
        "operators",
        settings.operators,
        cluster=settings.cluster,
        cluster_name=compute.cluster_name,
        entries=entries,
        region=region,
        disposable=disposable,
        opts=pulumi.ResourceOptions(providers=[cloud, compute.provider], depends_on=[compute, namespace]),
    )
    image = FlinkImage("flink", settings.image, context=Path("images/flink"), disposable=disposable, opts=on_both)

    alerts = Notifications(
        "alerts",
        settings.alerts,
        owners=[job.manifest.owner for job in jobs],
        region=region,
        account_id=account.id,
        partition=account.partition,
        disposable=disposable,
        opts=on_cloud,
    )
    collector = MetricsCollector(
        "metrics-collector",
        jobs_in=settings.cluster.namespace,
        placement=placement(settings.cluster),
        cluster_name=compute.cluster_name,
        topic_arn=alerts.topics[PLATFORM],
        region=region,
        opts=pulumi.ResourceOptions(providers=[cloud, compute.provider], depends_on=[compute, namespace]),
    )
    return Foundation(compute, namespace, operators, image, alerts, collector)
