"""The session cluster of a stack that has one, with who its jobs are."""

from collections.abc import Sequence

import pulumi

from infra.flink_job import JobSettings, Platform
from infra.jobs import Job
from infra.session_cluster import SESSION, Session, SessionCluster, check_name_is_free, session_jobs
from infra.session_identity import SessionIdentity


def build_session(
    jobs: Sequence[Job], settings: JobSettings, platform: Platform, *, opts: pulumi.ResourceOptions
) -> Session | None:
    """None where no job is a session job: a cluster that runs nothing would only cost. Raises `ConfigurationError`."""
    running = session_jobs(jobs)
    if settings.flink.session is None or not running:
        return None
    check_name_is_free(jobs)
    identity = SessionIdentity(
        SESSION,
        running,
        catalogs=settings.catalogs,
        warehouse_arn=platform.warehouse.arn,
        state_arn=platform.state.arn,
        files_arn=platform.files.arn if platform.files else None,
        kafka=platform.kafka,
        kms_key_arn=platform.kms_key_arn,
        glue_arn=platform.glue_arn,
        cluster_name=platform.cluster_name,
        namespace=platform.namespace,
        opts=opts,
    )
    cluster = SessionCluster(
        running,
        settings.flink,
        settings.flink.session,
        aws=settings.aws,
        cluster=settings.cluster,
        sources=settings.sources,
        databases=settings.databases,
        catalogs=settings.catalogs,
        # Its jobs are scripts: all run the common image.
        image=platform.images[running[0].name],
        service_account=identity.service_account,
        warehouse=platform.warehouse.name,
        state=platform.state.name,
        namespace=platform.namespace,
        disposable=settings.disposable,
        opts=opts,
    )
    return Session(cluster.deployment, identity.role_arn)
