"""Where jobs run, and who hears of them: cluster, operators, image, topics and the collector of metrics."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.account import Account
from infra.compute import Compute
from infra.flink_image import FlinkImage
from infra.job_image import JobImage, has_code
from infra.job_namespace import JobNamespace
from infra.jobs import Job
from infra.kafka import cluster_of
from infra.metrics_collector import MetricsCollector
from infra.notifications import Notifications
from infra.operators import Operators
from infra.placement import placement
from infra.settings import Settings, wrong_setting
from infra.settings.flink import PLATFORM
from infra.settings.sources import KafkaSource
from infra.source_secrets import find_entries
from infra.streams import Streams
from infra.streams_place import streams_place
from infra.web_orders import WebOrders
from infra.web_orders_image import WebOrdersImage


@dataclass(frozen=True)
class Foundation:
    """What jobs run on."""

    compute: Compute
    namespace: JobNamespace
    operators: Operators
    images: dict[str, pulumi.Output[str]]
    """Job → the image that it runs, by digest."""
    alerts: Notifications
    collector: MetricsCollector
    streams: Streams | None
    """The stack's own Kafka, if it has one."""


def build_foundation(settings: Settings, jobs: list[Job], account: Account, cloud: aws.Provider) -> Foundation:
    """Everything that is there before the first job, but for the lake; raises `ConfigurationError`."""
    region, disposable = settings.aws.region, settings.disposable
    entries = find_entries(settings.sources, settings.catalogs, cloud)
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
        aws=settings.aws,
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
        settings.aws,
        jobs_in=settings.cluster.namespace,
        placement=placement(settings.cluster),
        cluster_name=compute.cluster_name,
        topic_arn=alerts.topics[PLATFORM],
        opts=pulumi.ResourceOptions(providers=[cloud, compute.provider], depends_on=[compute, namespace]),
    )
    images = _images(settings, jobs, image, on_both)
    streams = _streams(settings, compute, alerts, cloud)
    foundation = Foundation(compute, namespace, operators, images, alerts, collector, streams)
    _enter_web_orders(settings, foundation, cloud)
    return foundation


def _streams(settings: Settings, compute: Compute, alerts: Notifications, cloud: aws.Provider) -> Streams | None:
    if settings.streams is None:
        return None
    place = streams_place(
        settings,
        settings.streams,
        vpc_id=compute.vpc_id,
        subnet_ids=compute.private_subnet_ids,
        security_group_id=compute.security_group_id,
        opts=pulumi.InvokeOptions(provider=cloud),
    )
    return Streams(
        "streams",
        settings.streams,
        place=place,
        topic_arn=alerts.topics[PLATFORM],
        disposable=settings.disposable,
        opts=pulumi.ResourceOptions(provider=cloud),
    )


def _enter_web_orders(settings: Settings, foundation: Foundation, cloud: aws.Provider) -> None:
    if settings.web_orders is None:
        return
    name = settings.web_orders.source
    source = settings.sources[name]
    assert isinstance(source, KafkaSource), "the settings were checked"
    compute, streams = foundation.compute, foundation.streams
    image = WebOrdersImage(
        "weborders",
        settings.image,
        context=Path("images/weborders"),
        disposable=settings.disposable,
        opts=pulumi.ResourceOptions(provider=cloud),
    )
    WebOrders(
        "web-orders",
        settings.web_orders,
        sources=settings.sources,
        kafka=cluster_of(name, source, streams.cluster if streams else None),
        image=image.reference,
        cluster_name=compute.cluster_name,
        namespace=foundation.namespace.name,
        secret_store=settings.cluster.secret_store,
        region=settings.aws.region,
        placement=placement(settings.cluster),
        topic_arn=foundation.alerts.topics[PLATFORM],
        opts=pulumi.ResourceOptions(providers=[cloud, compute.provider], depends_on=[foundation.operators]),
    )


def _images(
    settings: Settings, jobs: list[Job], common: FlinkImage, opts: pulumi.ResourceOptions
) -> dict[str, pulumi.Output[str]]:
    """What each job runs."""
    for name in settings.image.jobs:
        if name not in [job.name for job in jobs if has_code(job)]:
            raise wrong_setting(f"image.jobs.{name}", "the stack runs no Java or Python job of this name")
    own = {
        job.name: JobImage(
            job,
            settings.image,
            common=common,
            jobs=Path("jobs"),
            images=Path("images"),
            disposable=settings.disposable,
            opts=opts,
        ).reference
        for job in jobs
        if has_code(job)
    }
    return {job.name: own.get(job.name, common.reference) for job in jobs}
