"""What the cluster runs of a session job: a FlinkSessionJob that has all of it in its spec."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra import flink_deployment, job_sources
from infra.flink_configuration import session_job_configuration
from infra.flink_entry import session_entry
from infra.flink_resource import WAIT_FOR, FlinkSessionJob, must_be_stable
from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.restore import restore_fields
from infra.settings.flink import FlinkSettings
from infra.settings.lake import DatabaseSettings
from infra.settings.sources import SourceSettings


class SessionJob(pulumi.ComponentResource):
    """One job of the session cluster. Its script and variables are arguments: an edit changes this resource and
    nothing else, and the operator restarts this job, from a savepoint, beside the others."""

    stable: pulumi.Output[str]
    """The job's name, once it runs: its tables exist then."""

    def __init__(
        self,
        job: Job,
        settings: FlinkSettings,
        *,
        sources: Mapping[str, SourceSettings],
        databases: Mapping[str, DatabaseSettings],
        kafka: Mapping[str, KafkaCluster],
        session: pulumi.Input[str],
        files: pulumi.Input[str] | None,
        state: pulumi.Input[str],
        namespace: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`session`: the name of the FlinkDeployment, once it runs; `files`, `state`: buckets' names."""
        super().__init__("lakehouse:index:SessionJob", job.name, None, opts)
        environment = job_sources.environment(
            job, stack=pulumi.get_stack(), sources=sources, databases=databases, kafka=kafka, files_bucket=files
        )
        metadata = flink_deployment.metadata(job, disposable=disposable)
        resource = FlinkSessionJob(
            job.name,
            metadata={
                "name": job.name,
                "namespace": namespace,
                "labels": metadata["labels"],
                "annotations": {**metadata["annotations"], "pulumi.com/waitFor": WAIT_FOR},
            },
            spec=spec(job, settings, environment, session=session, state=state),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not disposable,
                custom_timeouts=pulumi.CustomTimeouts(create="15m", update="20m", delete="15m"),
            ),
        )
        self.stable = resource.status.apply(lambda status: must_be_stable(job.name, status))
        self.register_outputs({"stable": self.stable})


def spec(
    job: Job,
    settings: FlinkSettings,
    variables: Mapping[str, pulumi.Input[str]],
    *,
    session: pulumi.Input[str],
    state: pulumi.Input[str],
) -> dict[str, Any]:
    """The `spec` of a job's FlinkSessionJob. No `jarURI`: by default the operator takes nothing but https
    (`kubernetes.operator.user.artifacts.allowed-schemes`), and submits an empty jar where there is none."""
    return {
        "deploymentName": session,
        "flinkConfiguration": session_job_configuration(job, settings, state_bucket=state),
        "job": {
            **session_entry(job, variables),
            "parallelism": job.manifest.parallelism,
            "state": "running",
            "upgradeMode": job.manifest.upgrade_mode or settings.upgrade_mode,
            **restore_fields(settings.restore_from.get(job.name)),
        },
    }
