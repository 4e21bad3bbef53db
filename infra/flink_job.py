"""A job folder as resources: identity, script, catalogs, secrets and the FlinkDeployment."""

import hashlib
from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes

from infra import flink_deployment, job_sources
from infra.bucket import BucketNames
from infra.flink_deployment import SCRIPT_FILE, Surroundings
from infra.job_identity import JobIdentity
from infra.jobs import Job
from infra.settings import AwsSettings, ClusterSettings, DatabaseSettings, FlinkSettings, SourceSettings


class FlinkJob(pulumi.ComponentResource):
    """One streaming job on the cluster, restarted only when something of its own changed.

    What a job reads at start stands in ConfigMaps that are named by their content: an edit of `job.sql` gives a new
    name, the
    new name changes this job's FlinkDeployment and no other, and the old ConfigMap goes only after the job has left it.
    """

    def __init__(
        self,
        job: Job,
        settings: FlinkSettings,
        *,
        aws: AwsSettings,
        cluster: ClusterSettings,
        sources: Mapping[str, SourceSettings],
        databases: Mapping[str, DatabaseSettings],
        image: pulumi.Input[str],
        warehouse: BucketNames,
        state: BucketNames,
        kms_key_arn: pulumi.Input[str],
        glue_arn: pulumi.Input[str],
        namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`image`: by digest; `glue_arn`: `arn:<partition>:glue:<region>:<account>`."""
        super().__init__("lakehouse:index:FlinkJob", job.name, None, opts)
        self._name = job.name
        self._namespace = namespace
        identity = JobIdentity(
            job.name,
            tables=job.tables,
            warehouse_arn=warehouse.arn,
            state_arn=state.arn,
            kms_key_arn=kms_key_arn,
            glue_arn=glue_arn,
            cluster_name=cluster.name,
            namespace=namespace,
            opts=pulumi.ResourceOptions(parent=self),
        )
        catalogs = warehouse.name.apply(
            lambda bucket: flink_deployment.catalog_files(
                job, warehouse=bucket, region=aws.region, endpoint=aws.endpoint
            )
        )
        environment = job_sources.environment(job, stack=pulumi.get_stack(), sources=sources, databases=databases)
        spec = pulumi.Output.all(
            image=image,
            state_bucket=state.name,
            service_account=identity.service_account,
            script_config_map=self._config_map("script", pulumi.Output.from_input({SCRIPT_FILE: job.script})),
            catalog_config_map=self._config_map("catalogs", catalogs),
            sources_secret=self._sources_secret(job, cluster.secret_store, sources) if job.manifest.reads else None,
        ).apply(
            lambda names: flink_deployment.spec(
                job,
                settings,
                Surroundings(environment=environment, region=aws.region, endpoint=aws.endpoint, **names),
            )
        )
        self._deployment(job, spec)
        self.register_outputs({})

    def _config_map(self, what: str, files: pulumi.Output[dict[str, str]]) -> pulumi.Output[str]:
        """An immutable ConfigMap; gives its name, which changes with its content."""
        config_map = kubernetes.core.v1.ConfigMap(
            f"{self._name}-{what}",
            metadata={
                "name": files.apply(lambda found: f"{self._name}-{what}-{_content_hash(found)}"),
                "namespace": self._namespace,
            },
            data=files,
            immutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return config_map.metadata.name.apply(str)

    def _sources_secret(self, job: Job, secret_store: str, sources: Mapping[str, SourceSettings]) -> pulumi.Output[str]:
        """The Secret that the External Secrets Operator fills; gives its name, once it is filled."""
        name = f"{job.name}-sources"
        external = kubernetes.apiextensions.CustomResource(
            name,
            api_version="external-secrets.io/v1",
            kind="ExternalSecret",
            metadata={
                "name": name,
                "namespace": self._namespace,
                "annotations": {"pulumi.com/waitFor": "condition=Ready"},
            },
            spec={
                "refreshInterval": "1h",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": secret_store},
                "target": {"name": name, "creationPolicy": "Owner"},
                "data": job_sources.secret_data(job, sources),
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        return external.id.apply(lambda _: name)

    def _deployment(self, job: Job, spec: pulumi.Output[dict[str, object]]) -> None:
        kubernetes.apiextensions.CustomResource(
            job.name,
            api_version="flink.apache.org/v1beta1",
            kind="FlinkDeployment",
            metadata={
                "name": job.name,
                "namespace": self._namespace,
                "labels": {"app.kubernetes.io/part-of": "flink-lakehouse"},
                "annotations": {
                    "flink-lakehouse/owner": job.manifest.owner,
                    "flink-lakehouse/description": job.manifest.description,
                    "pulumi.com/waitFor": "jsonpath={.status.lifecycleState}=STABLE",
                },
            },
            spec=spec,
            # A rollback never becomes STABLE: the wait must end. A savepoint and a start take minutes at most.
            opts=pulumi.ResourceOptions(
                parent=self, custom_timeouts=pulumi.CustomTimeouts(create="15m", update="20m", delete="15m")
            ),
        )


def _content_hash(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()[:10]
