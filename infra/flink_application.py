"""What the cluster runs of a job: its script and catalogs, its secrets, and the FlinkDeployment."""

from collections.abc import Mapping

import pulumi

from infra import flink_deployment, further_catalogs, job_sources
from infra.catalog_store import catalog_files
from infra.filled_secret import filled_secret
from infra.flink_deployment import Surroundings
from infra.flink_resource import WAIT_FOR, FlinkDeployment, must_be_stable
from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.placement import placement
from infra.pod_files import config_map, content_hash
from infra.settings import AwsSettings
from infra.settings.catalogs import CatalogSettings
from infra.settings.cluster import ClusterSettings
from infra.settings.flink import FlinkSettings
from infra.settings.lake import DatabaseSettings
from infra.settings.sources import SourceSettings


class FlinkApplication(pulumi.ComponentResource):
    """One job on the cluster, restarted only when something of its own changed.

    What a job reads at start stands in ConfigMaps that are named by their content: an edit of `job.sql` gives a new
    name, the new name changes this job's FlinkDeployment and no other, and the old ConfigMap goes only after the job
    has left it.
    """

    stable: pulumi.Output[str]
    """The job's name, once it runs: its tables exist then."""

    def __init__(
        self,
        job: Job,
        settings: FlinkSettings,
        *,
        aws: AwsSettings,
        cluster: ClusterSettings,
        sources: Mapping[str, SourceSettings],
        databases: Mapping[str, DatabaseSettings],
        kafka: Mapping[str, KafkaCluster],
        catalogs: Mapping[str, CatalogSettings],
        image: pulumi.Input[str],
        service_account: pulumi.Input[str],
        warehouse: pulumi.Output[str],
        files: pulumi.Input[str] | None,
        state: pulumi.Input[str],
        namespace: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`image`: by digest; `service_account`: one that has its role and rights; `warehouse`, `files`, `state`:
        buckets' names; `kafka`: the cluster of each Kafka source."""
        super().__init__("lakehouse:index:FlinkApplication", job.name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self._namespace = namespace

        def store_in(bucket: str) -> dict[str, str]:
            return catalog_files(job, warehouse=bucket, region=aws.region, endpoint=aws.from_pods, catalogs=catalogs)

        mounted, store = dict(job.files.mounted), warehouse.apply(store_in)
        environment = job_sources.environment(
            job, stack=pulumi.get_stack(), sources=sources, databases=databases, kafka=kafka, files_bucket=files
        )
        secrets = [
            *job_sources.secret_data(job, sources),
            *further_catalogs.secret_data(further_catalogs.catalogs_of(job, catalogs)),
        ]
        spec = flink_deployment.spec(
            job,
            settings,
            Surroundings(
                image=image,
                state_bucket=state,
                service_account=service_account,
                files_config_map=config_map(
                    f"{job.name}-script", mounted, content_hash(mounted), namespace=namespace, opts=child
                ),
                catalog_config_map=config_map(
                    f"{job.name}-catalogs",
                    store,
                    content_hash(store_in("<warehouse>")),
                    namespace=namespace,
                    opts=child,
                ),
                sources_secret=filled_secret(
                    f"{job.name}-sources",
                    called=f"{job.name}-sources",
                    namespace=namespace,
                    store=cluster.secret_store,
                    data=secrets,
                    opts=child,
                )
                if secrets
                else None,
                environment={**environment, **aws.pod_keys},
                region=aws.region,
                endpoint=aws.from_pods,
                placement=placement(cluster),
            ),
        )
        deployment = self._deployment(job, spec, disposable)
        self.stable = deployment.status.apply(lambda status: must_be_stable(job.name, status))
        self.register_outputs({"stable": self.stable})

    def _deployment(self, job: Job, spec: dict[str, object], disposable: bool) -> FlinkDeployment:
        metadata = flink_deployment.metadata(job, disposable=disposable)
        return FlinkDeployment(
            job.name,
            metadata={
                "name": job.name,
                "namespace": self._namespace,
                "labels": metadata["labels"],
                "annotations": {**metadata["annotations"], "pulumi.com/waitFor": WAIT_FOR},
            },
            spec=spec,
            # A savepoint and a start take minutes at most.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=not disposable,
                custom_timeouts=pulumi.CustomTimeouts(create="15m", update="20m", delete="15m"),
            ),
        )
