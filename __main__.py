"""The whole stack: settings and job folders in; a lake, and the jobs that fill it, out."""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from infra.catalog import Catalog
from infra.cluster import JobNamespace
from infra.flink_image import FlinkImage
from infra.flink_job import FlinkJob
from infra.jobs import load_jobs
from infra.lake import Lake
from infra.outputs import contract
from infra.providers import aws_provider, kubernetes_provider
from infra.query import Query
from infra.settings import load_settings
from infra.source_secrets import check_secrets

project = Path(__file__).parent
settings = load_settings(project)
jobs = load_jobs(project / "jobs", settings)
disposable = settings.lake.disposable

cloud = aws_provider(settings.aws)
on_cloud = pulumi.ResourceOptions(provider=cloud)
on_both = pulumi.ResourceOptions(providers=[cloud, kubernetes_provider(settings.cluster)])
account = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(provider=cloud)).account_id
partition = aws.get_partition_output(opts=pulumi.InvokeOutputOptions(provider=cloud)).partition
check_secrets(settings.sources, cloud)

lake = Lake(
    "lake",
    settings.lake,
    account_id=account,
    partition=partition,
    results_days=settings.query.results_days,
    opts=on_cloud,
)
catalog = Catalog("catalog", settings.databases, warehouse=lake.warehouse.name, opts=on_cloud)
query = Query(
    "query",
    settings.query,
    results_bucket=lake.results.name,
    kms_key_arn=lake.kms_key_arn,
    disposable=disposable,
    opts=on_cloud,
)
namespace = JobNamespace("jobs", settings.cluster, opts=on_both)
image = FlinkImage("flink", context=Path("images/flink"), disposable=disposable, opts=on_both)

for job in jobs:
    FlinkJob(
        job,
        settings.flink,
        aws=settings.aws,
        cluster=settings.cluster,
        sources=settings.sources,
        databases=settings.databases,
        image=image.reference,
        warehouse=lake.warehouse,
        state=lake.state,
        kms_key_arn=lake.kms_key_arn,
        glue_arn=pulumi.Output.format("arn:{0}:glue:{1}:{2}", partition, settings.aws.region, account),
        namespace=namespace.name,
        opts=pulumi.ResourceOptions.merge(on_both, pulumi.ResourceOptions(depends_on=[catalog])),
    )

pulumi.export(
    "contract",
    contract(
        settings,
        jobs,
        databases=catalog.databases,
        workgroup=query.workgroup,
        query_results=query.results_location,
    ),
)
