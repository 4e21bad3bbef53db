"""A job folder as resources: who it is, what runs, and what its tables need once they exist."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

import pulumi

from infra.access_jobs import TEND, JobGrants, TableGrants, TableTags
from infra.bucket import BucketNames
from infra.flink_application import FlinkApplication
from infra.further_catalogs import catalogs_of, places
from infra.job_alarms import JobAlarms
from infra.job_identity import JobIdentity
from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.session_cluster import Session
from infra.session_job import SessionJob
from infra.settings import AwsSettings, Settings
from infra.settings.access import AccessSettings
from infra.settings.catalogs import CatalogSettings
from infra.settings.cluster import ClusterSettings
from infra.settings.flink import FlinkSettings
from infra.settings.lake import DatabaseSettings, LakeSettings
from infra.settings.sources import SourceSettings
from infra.table_maintenance import TableMaintenance
from infra.units import seconds


@dataclass(frozen=True)
class JobSettings:
    """The parts of a stack's settings that jobs follow from."""

    disposable: bool
    aws: AwsSettings
    cluster: ClusterSettings
    lake: LakeSettings
    databases: Mapping[str, DatabaseSettings]
    sources: Mapping[str, SourceSettings]
    catalogs: Mapping[str, CatalogSettings]
    access: AccessSettings
    flink: FlinkSettings

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(**{field.name: getattr(settings, field.name) for field in fields(cls)})


@dataclass(frozen=True)
class Platform:
    """What all jobs of a stack share, known once it exists."""

    cluster_name: pulumi.Input[str]
    namespace: pulumi.Input[str]
    images: Mapping[str, pulumi.Input[str]]
    """Job → its image, by digest."""
    kafka: Mapping[str, KafkaCluster]
    """Kafka source → its cluster."""
    warehouse: BucketNames
    state: BucketNames
    files: BucketNames | None
    """For exported files, where a job of the stack writes any."""
    kms_key_arn: pulumi.Input[str]
    glue_arn: str
    """`arn:<partition>:glue:<region>:<account>`, the front of every Glue ARN."""
    account_id: str
    optimizer_role_arn: pulumi.Input[str]
    topics: Mapping[str, pulumi.Input[str]]
    """Owner of jobs → the ARN of the topic that tells them of trouble."""
    no_metrics_alarm: pulumi.Input[str]
    """The name of the alarm that silences those of jobs: without metrics nobody knows how they are."""
    session: Session | None = None
    """The cluster of session jobs, where the stack has any."""


class FlinkJob(pulumi.ComponentResource):
    """One streaming job: a role that can do what its job.yaml says and nothing else, the application, and once it runs
    its alarms, and for each table that it writes, and has made by then, LF-Tags and optimizers. A session job has a
    FlinkSessionJob instead, and the role of its cluster."""

    maintenance: list[TableMaintenance]
    """The optimizers of its tables."""

    def __init__(
        self, job: Job, settings: JobSettings, platform: Platform, *, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("lakehouse:index:FlinkJob", job.name, None, opts)
        in_session = job.manifest.mode == "session"
        running = self._in_session(job, settings, platform) if in_session else self._alone(job, settings, platform)
        self.maintenance = self._tend_tables(job, settings, platform, running)
        JobAlarms(
            job,
            checkpoint_interval=seconds(settings.flink.checkpoint_interval),
            topic_arn=platform.topics[job.manifest.owner],
            unless=platform.no_metrics_alarm,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[running]),
        )
        self.register_outputs({})

    def _alone(self, job: Job, settings: JobSettings, platform: Platform) -> FlinkApplication:
        identity = JobIdentity(
            job,
            warehouse_arn=platform.warehouse.arn,
            state_arn=platform.state.arn,
            files_arn=platform.files.arn if platform.files else None,
            kafka=platform.kafka,
            catalog_places=places(catalogs_of(job, settings.catalogs)),
            kms_key_arn=platform.kms_key_arn,
            glue_arn=platform.glue_arn,
            cluster_name=platform.cluster_name,
            namespace=platform.namespace,
            opts=pulumi.ResourceOptions(parent=self),
        )
        grants = self._grants(job, settings, platform, identity.role_arn)
        return FlinkApplication(
            job,
            settings.flink,
            aws=settings.aws,
            cluster=settings.cluster,
            sources=settings.sources,
            databases=settings.databases,
            kafka=platform.kafka,
            catalogs=settings.catalogs,
            image=platform.images[job.name],
            service_account=identity.service_account,
            warehouse=platform.warehouse.name,
            files=platform.files.name if platform.files else None,
            state=platform.state.name,
            namespace=platform.namespace,
            disposable=settings.disposable,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[grants]),
        )

    def _in_session(self, job: Job, settings: JobSettings, platform: Platform) -> SessionJob:
        assert platform.session is not None, "a session job is loaded for a stack with a session cluster alone"
        grants = self._grants(job, settings, platform, platform.session.role_arn)
        return SessionJob(
            job,
            settings.flink,
            sources=settings.sources,
            databases=settings.databases,
            kafka=platform.kafka,
            session=platform.session.deployment,
            files=platform.files.name if platform.files else None,
            state=platform.state.name,
            namespace=platform.namespace,
            disposable=settings.disposable,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[grants]),
        )

    def _grants(self, job: Job, settings: JobSettings, platform: Platform, role_arn: pulumi.Output[str]) -> JobGrants:
        return JobGrants(
            f"{job.name}-grants",
            settings.access,
            role_arn=role_arn,
            tables=job.tables,
            warehouse_arn=platform.warehouse.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _tend_tables(
        self, job: Job, settings: JobSettings, platform: Platform, running: FlinkApplication | SessionJob
    ) -> list[TableMaintenance]:
        after_start = pulumi.ResourceOptions(parent=self, depends_on=[running])
        TableTags(f"{job.name}-tags", settings.access, tables=job.tables, opts=after_start)
        granted = TableGrants(
            f"{job.name}-optimizers",
            settings.access,
            role_arn=platform.optimizer_role_arn,
            tables=job.tables,
            permissions=TEND,
            opts=after_start,
        )
        return [
            TableMaintenance(
                f"{job.name}-{table.name}",
                database=table.database,
                table=running.stable.apply(lambda _, name=table.name: name),
                role_arn=platform.optimizer_role_arn,
                account_id=platform.account_id,
                time_travel_days=settings.lake.time_travel_days,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[granted]),
            )
            for table in job.tables
        ]
