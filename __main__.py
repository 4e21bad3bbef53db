"""The whole stack: settings and job folders in; a lake, the jobs that fill it, and who may read it, out."""

from infra.garbage import keep_everything

keep_everything()

from dataclasses import replace
from pathlib import Path

import pulumi

from infra.access_rules import check_grants
from infra.account import look_up_account
from infra.catalogue_page import CataloguePage
from infra.dashboard import Dashboards
from infra.expectation_columns import check_expectations
from infra.expectation_watch import ExpectationWatch
from infra.flink_job import FlinkJob, JobSettings, Platform
from infra.foundation import build_foundation
from infra.jobs import load_jobs, unknown_left_out
from infra.kafka import kafka_clusters
from infra.lakehouse import build_lakehouse
from infra.notifications import check_owners
from infra.optimizer_watch import OptimizerWatch
from infra.outputs import contract
from infra.providers import aws_provider
from infra.restore import check_restored
from infra.session import build_session
from infra.settings import load_settings
from infra.streams import check_topics

project = Path(__file__).parent
settings = load_settings(project)
jobs = load_jobs(project / "jobs", settings)
for problem in unknown_left_out(project / "jobs", settings):
    pulumi.log.warn(problem)
check_grants(settings, jobs, stack=pulumi.get_stack(), folder=project)
check_owners(settings, jobs, stack=pulumi.get_stack(), folder=project)
check_restored(settings, jobs, stack=pulumi.get_stack(), folder=project)
check_topics(settings, jobs)
check_expectations(jobs, folder=project)

cloud = aws_provider(settings.aws)
account = look_up_account(settings, cloud)
here = {"region": settings.aws.region, "account_id": account.id, "partition": account.partition}

foundation = build_foundation(settings, jobs, account, cloud)
lakehouse = build_lakehouse(settings, jobs, account, cloud)
platform = Platform(
    cluster_name=foundation.compute.cluster_name,
    namespace=foundation.namespace.name,
    images=foundation.images,
    kafka=kafka_clusters(settings.sources, jobs, own=foundation.streams.cluster if foundation.streams else None),
    warehouse=lakehouse.lake.warehouse,
    state=lakehouse.lake.state,
    files=lakehouse.lake.files,
    kms_key_arn=lakehouse.lake.kms_key_arn,
    glue_arn=f"arn:{account.partition}:glue:{settings.aws.region}:{account.id}",
    account_id=account.id,
    optimizer_role_arn=lakehouse.optimizers.arn,
    topics=foundation.alerts.topics,
    no_metrics_alarm=foundation.collector.alarm,
)
on_both = pulumi.ResourceOptions(
    providers=[cloud, foundation.compute.provider],
    depends_on=[foundation.operators, lakehouse.catalog, lakehouse.access],
)
of_jobs = JobSettings.of(settings)
platform = replace(platform, session=build_session(jobs, of_jobs, platform, opts=on_both))
running = [FlinkJob(job, of_jobs, platform, opts=on_both) for job in jobs]
on_tables = pulumi.ResourceOptions(provider=cloud, depends_on=[each for job in running for each in job.maintenance])
OptimizerWatch(
    "optimizer-watch",
    jobs,
    topics=foundation.alerts.topics,
    topics_key_arn=foundation.alerts.kms_key_arn,
    opts=on_tables,
    **here,
)
ExpectationWatch(
    "expectation-watch",
    settings.expectations,
    jobs,
    access=settings.access,
    warehouse_arn=lakehouse.lake.warehouse.arn,
    results=lakehouse.lake.results,
    kms_key_arn=lakehouse.lake.kms_key_arn,
    topics=foundation.alerts.topics,
    topics_key_arn=foundation.alerts.kms_key_arn,
    opts=on_tables,
    **here,
)
Dashboards("jobs", jobs, opts=pulumi.ResourceOptions(provider=cloud), **here)

promised = contract(
    settings,
    jobs,
    account_id=account.id,
    databases=lakehouse.catalog.databases,
    teams=lakehouse.teams,
    results=lakehouse.lake.results.name,
    results_key_arn=lakehouse.lake.kms_key_arn,
)
CataloguePage(
    "catalogue",
    promised,
    bucket=lakehouse.lake.results.name,
    kms_key_arn=lakehouse.lake.kms_key_arn,
    on_aws=settings.aws.endpoint is None,
    opts=pulumi.ResourceOptions(provider=cloud),
)
pulumi.export("contract", promised)
