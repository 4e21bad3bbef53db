"""The whole stack: settings and job folders in; a lake, the jobs that fill it, and who may read it, out."""

from infra.garbage import keep_everything

keep_everything()

from pathlib import Path

import pulumi

from infra.access import Access
from infra.access_account import AccessAccount
from infra.access_rules import check_grants, tables_of
from infra.account import look_up_account
from infra.catalog import Catalog
from infra.compute import Compute
from infra.dashboard import Dashboards
from infra.flink_image import FlinkImage
from infra.flink_job import FlinkJob, JobSettings, Platform
from infra.job_namespace import JobNamespace
from infra.jobs import load_jobs
from infra.lake import Lake
from infra.metrics_collector import MetricsCollector
from infra.notifications import Notifications, check_owners
from infra.operators import Operators
from infra.optimizer_watch import OptimizerWatch
from infra.outputs import contract
from infra.placement import placement
from infra.providers import aws_provider
from infra.query import Team, workgroup_of
from infra.settings import load_settings
from infra.settings.flink import PLATFORM
from infra.source_secrets import find_entries
from infra.table_maintenance import OptimizerRole

project = Path(__file__).parent
settings = load_settings(project)
jobs = load_jobs(project / "jobs", settings)
check_grants(settings, jobs, stack=pulumi.get_stack(), folder=project)
check_owners(settings, jobs, stack=pulumi.get_stack(), folder=project)

cloud = aws_provider(settings.aws)
account = look_up_account(settings, cloud)
entries = find_entries(settings.sources, cloud)
region, disposable = settings.aws.region, settings.disposable
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

lake = Lake(
    "lake",
    settings.lake,
    disposable=disposable,
    account_id=account.id,
    partition=account.partition,
    results_days={workgroup_of(name, team): team.results_days for name, team in settings.teams.items()},
    opts=on_cloud,
)
lake_formation = AccessAccount("account", settings.access, deployer_arn=account.deployer_arn, opts=on_cloud)
catalog = Catalog(
    "catalog",
    settings.databases,
    mode=settings.access.mode,
    warehouse=lake.warehouse.name,
    disposable=disposable,
    opts=pulumi.ResourceOptions(provider=cloud, depends_on=[lake_formation]),
)
teams = {
    name: Team(
        name,
        team,
        databases=list(catalog.databases.values()),
        tables=tables_of(name, settings, jobs),
        results=lake.results,
        kms_key_arn=lake.kms_key_arn,
        region=region,
        account_id=account.id,
        partition=account.partition,
        disposable=disposable,
        opts=on_cloud,
    )
    for name, team in settings.teams.items()
}
access = Access(
    "access",
    settings.access,
    databases=catalog.databases,
    database_tags={name: database.tags for name, database in settings.databases.items()},
    teams={name: team.role_arn for name, team in teams.items()},
    warehouse=lake.warehouse,
    kms_key_arn=lake.kms_key_arn,
    region=region,
    account_id=account.id,
    partition=account.partition,
    opts=pulumi.ResourceOptions(provider=cloud, depends_on=[lake_formation]),
)
optimizers = OptimizerRole(
    "optimizers",
    databases=[database.name for database in settings.databases.values()],
    warehouse_arn=lake.warehouse.arn,
    kms_key_arn=lake.kms_key_arn,
    region=region,
    account_id=account.id,
    partition=account.partition,
    opts=on_cloud,
)

platform = Platform(
    cluster_name=compute.cluster_name,
    namespace=namespace.name,
    image=image.reference,
    warehouse=lake.warehouse,
    state=lake.state,
    kms_key_arn=lake.kms_key_arn,
    glue_arn=f"arn:{account.partition}:glue:{region}:{account.id}",
    account_id=account.id,
    optimizer_role_arn=optimizers.arn,
    topics=alerts.topics,
    no_metrics_alarm=collector.alarm,
)
running = [
    FlinkJob(
        job,
        JobSettings.of(settings),
        platform,
        opts=pulumi.ResourceOptions(providers=[cloud, compute.provider], depends_on=[operators, catalog, access]),
    )
    for job in jobs
]
OptimizerWatch(
    "optimizer-watch",
    jobs,
    topics=alerts.topics,
    topics_key_arn=alerts.kms_key_arn,
    region=region,
    account_id=account.id,
    partition=account.partition,
    opts=pulumi.ResourceOptions(provider=cloud, depends_on=[each for job in running for each in job.maintenance]),
)
Dashboards("jobs", jobs, region=region, account_id=account.id, partition=account.partition, opts=on_cloud)

pulumi.export("contract", contract(settings, jobs, account_id=account.id, databases=catalog.databases, teams=teams))
