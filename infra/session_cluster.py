"""The session cluster: one Flink on which small SQL jobs run together, under one identity (docs/adr/0010)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from infra import further_catalogs, job_sources
from infra.catalog_store import catalog_file, lake_options
from infra.filled_secret import filled_secret
from infra.flink_configuration import LOGGING, session_configuration
from infra.flink_resource import WAIT_FOR, FlinkDeployment, must_be_stable
from infra.jobs import Job
from infra.placement import Placement, placement
from infra.pod_files import config_map, content_hash
from infra.pod_templates import common_pod, placed_pod
from infra.settings import AwsSettings, wrong_setting
from infra.settings.catalogs import CatalogSettings
from infra.settings.cluster import ClusterSettings
from infra.settings.flink import FlinkSettings, SessionSettings
from infra.settings.lake import DatabaseSettings
from infra.settings.sources import SourceSettings
from infra.versions import FLINK_VERSION

SESSION = "session"
"""Its name, of the FlinkDeployment and of what belongs to it; no job is called so."""


@dataclass(frozen=True)
class Session:
    """What session jobs need of it."""

    deployment: pulumi.Output[str]
    """The FlinkDeployment's name, once it runs."""
    role_arn: pulumi.Output[str]
    """Of all its jobs together."""


def session_jobs(jobs: Sequence[Job]) -> list[Job]:
    return [job for job in jobs if job.manifest.mode == "session"]


class SessionCluster(pulumi.ComponentResource):
    """A FlinkDeployment without a job. What its pods are given is what all its jobs need: an edit of a job's script is
    none of it, and restarts that job alone; a source, a catalog or a database that is new to it restarts all."""

    deployment: pulumi.Output[str]

    def __init__(
        self,
        jobs: Sequence[Job],
        settings: FlinkSettings,
        session: SessionSettings,
        *,
        aws: AwsSettings,
        cluster: ClusterSettings,
        sources: Mapping[str, SourceSettings],
        databases: Mapping[str, DatabaseSettings],
        catalogs: Mapping[str, CatalogSettings],
        image: pulumi.Input[str],
        service_account: pulumi.Input[str],
        warehouse: pulumi.Output[str],
        state: pulumi.Input[str],
        namespace: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`jobs`: those that run on it; `image`: by digest; `warehouse`, `state`: buckets' names."""
        super().__init__("lakehouse:index:SessionCluster", SESSION, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        used = {name: each for job in jobs for name, each in further_catalogs.catalogs_of(job, catalogs).items()}
        secrets = _secrets(jobs, sources, used)

        def store_in(bucket: str) -> dict[str, str]:
            return _catalog_store(used, next(iter(databases.values())).name, bucket, aws)

        # The variables of pods that run don't change: another set of them is another Secret, and other pods.
        secret = f"{SESSION}-sources-{_mark(secrets)}"
        pod = common_pod(
            environment={**aws.pod_keys, "AWS_REGION": aws.region, "AWS_EC2_METADATA_DISABLED": "true"},
            files_config_map=None,
            catalog_config_map=config_map(
                f"{SESSION}-catalogs",
                warehouse.apply(store_in),
                content_hash(store_in("<warehouse>")),
                namespace=namespace,
                opts=child,
            ),
            sources_secret=filled_secret(
                secret,
                called=secret,
                namespace=namespace,
                store=cluster.secret_store,
                data=secrets,
                opts=child,
            )
            if secrets
            else None,
        )
        configuration = session_configuration(
            settings,
            name=SESSION,
            slots=session.taskmanager.slots,
            state_bucket=state,
            region=aws.region,
            endpoint=aws.from_pods,
        )
        deployment = FlinkDeployment(
            SESSION,
            metadata=_metadata(jobs, namespace, disposable=disposable),
            spec={
                "image": image,
                "flinkVersion": FLINK_VERSION,
                "mode": "native",
                "serviceAccount": service_account,
                "flinkConfiguration": configuration,
                "logConfiguration": LOGGING,
                "podTemplate": pod,
                **_processes(session, placement(cluster), jobmanagers=settings.jobmanagers),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not disposable,
                custom_timeouts=pulumi.CustomTimeouts(create="15m", update="20m", delete="15m"),
            ),
        )
        self.deployment = deployment.status.apply(lambda status: must_be_stable(SESSION, status))
        self.register_outputs({"deployment": self.deployment})


def _metadata(jobs: Sequence[Job], namespace: pulumi.Input[str], *, disposable: bool) -> dict[str, Any]:
    return {
        "name": SESSION,
        "namespace": namespace,
        "labels": {
            "app.kubernetes.io/part-of": "flink-lakehouse",
            "flink-lakehouse/environment": "disposable" if disposable else "production",
        },
        "annotations": {
            "flink-lakehouse/description": f"Runs together: {', '.join(job.name for job in jobs)}",
            "pulumi.com/waitFor": WAIT_FOR,
        },
    }


def _processes(session: SessionSettings, placed: Placement, *, jobmanagers: int) -> dict[str, Any]:
    """`jobManager` and `taskManager` of the `spec`."""
    return {
        "jobManager": {
            "replicas": jobmanagers,
            "resource": {"cpu": session.jobmanager.cpu, "memory": session.jobmanager.memory},
            "podTemplate": placed_pod(SESSION, "jobmanager", placed.steady),
        },
        "taskManager": {
            "resource": {"cpu": session.taskmanager.cpu, "memory": session.taskmanager.memory},
            "podTemplate": placed_pod(SESSION, "taskmanager", placed.taskmanagers),
        },
    }


def _catalog_store(
    catalogs: Mapping[str, CatalogSettings], default_database: str, bucket: str, aws: AwsSettings
) -> dict[str, str]:
    region, endpoint = aws.region, aws.from_pods
    options = {"lake": lake_options(default_database, warehouse=bucket, region=region, endpoint=endpoint)}
    for name, catalog in sorted(catalogs.items()):
        options[name] = further_catalogs.catalog_options(name, catalog, region=region, endpoint=endpoint)
    return {f"{name}.yaml": catalog_file(each) for name, each in options.items()}


def check_name_is_free(jobs: Sequence[Job]) -> None:
    """Raises `ConfigurationError` for a job that is called as the cluster is."""
    if any(job.name == SESSION for job in jobs):
        raise wrong_setting(
            "flink.session", f"the cluster is called '{SESSION}', and so is jobs/{SESSION}; rename the job"
        )


def _secrets(
    jobs: Sequence[Job], sources: Mapping[str, SourceSettings], catalogs: Mapping[str, CatalogSettings]
) -> list[dict[str, Any]]:
    """Each variable once, in an order that doesn't follow from that of the jobs."""
    found = [entry for job in jobs for entry in job_sources.secret_data(job, sources)]
    by_name = {str(entry["secretKey"]): entry for entry in [*found, *further_catalogs.secret_data(catalogs)]}
    return [by_name[name] for name in sorted(by_name)]


def _mark(data: list[dict[str, Any]]) -> str:
    return content_hash({str(entry["secretKey"]): str(entry["remoteRef"]) for entry in data})
