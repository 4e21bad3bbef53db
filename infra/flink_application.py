"""What the cluster runs of a job: its script and catalogs, its secrets, and the FlinkDeployment."""

import hashlib
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from infra import flink_deployment, job_sources
from infra.filled_secret import filled_secret
from infra.flink_configuration import catalog_files
from infra.flink_deployment import Surroundings
from infra.flink_resource import WAIT_FOR, FlinkDeployment, must_be_stable
from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.placement import placement
from infra.settings import AwsSettings
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
        self._name = job.name
        self._namespace = namespace

        def catalogs_in(bucket: str) -> dict[str, str]:
            return catalog_files(job, warehouse=bucket, region=aws.region, endpoint=aws.from_pods)

        mounted, catalogs = dict(job.files.mounted), warehouse.apply(catalogs_in)
        environment = job_sources.environment(
            job, stack=pulumi.get_stack(), sources=sources, databases=databases, kafka=kafka, files_bucket=files
        )
        secrets = job_sources.secret_data(job, sources)
        spec = flink_deployment.spec(
            job,
            settings,
            Surroundings(
                image=image,
                state_bucket=state,
                service_account=service_account,
                files_config_map=self._config_map("script", mounted, _content_hash(mounted)),
                catalog_config_map=self._config_map("catalogs", catalogs, _content_hash(catalogs_in("<warehouse>"))),
                sources_secret=self._sources_secret(cluster.secret_store, secrets) if secrets else None,
                environment={**environment, **aws.pod_keys},
                region=aws.region,
                endpoint=aws.from_pods,
                placement=placement(cluster),
            ),
        )
        deployment = self._deployment(job, spec, disposable)
        self.stable = deployment.status.apply(lambda status: must_be_stable(job.name, status))
        self.register_outputs({"stable": self.stable})

    def _config_map(self, what: str, files: pulumi.Input[dict[str, str]], version: str) -> pulumi.Input[str]:
        """An immutable ConfigMap; gives its name, which changes with its content.

        Each `version` is a resource of its own, not a replacement of the one before: where an upgrade fails, both stay,
        and going back finds the old one. One that was replaced would wait for its deletion, and be deleted by the name
        that the job then needs again.
        """
        name = pulumi.Output.from_input(files).apply(lambda found: f"{self._name}-{what}-{_content_hash(found)}")
        config_map = kubernetes.core.v1.ConfigMap(
            f"{self._name}-{what}-{version}",
            metadata={"name": name, "namespace": self._namespace},
            data=files,
            immutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return config_map.metadata.name.apply(str)

    def _sources_secret(self, secret_store: str, data: list[dict[str, Any]]) -> pulumi.Output[str]:
        """The Secret that the External Secrets Operator fills; gives its name, once it is filled."""
        name = f"{self._name}-sources"
        return filled_secret(
            name,
            called=name,
            namespace=self._namespace,
            store=secret_store,
            data=data,
            opts=pulumi.ResourceOptions(parent=self),
        )

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


def _content_hash(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()[:10]
