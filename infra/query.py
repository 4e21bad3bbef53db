"""How analysts query: an Athena workgroup whose settings no client can override."""

import pulumi
import pulumi_aws as aws

from infra.settings import QuerySettings

_GIB = 1024**3


class Query(pulumi.ComponentResource):
    """One Athena workgroup: engine v3 (Iceberg time travel), encrypted results, a limit on what one query may scan."""

    workgroup: pulumi.Output[str]
    results_location: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: QuerySettings,
        *,
        results_bucket: pulumi.Input[str],
        kms_key_arn: pulumi.Input[str],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:Query", name, None, opts)
        self.results_location = pulumi.Output.format("s3://{0}/{1}/", results_bucket, settings.workgroup)
        workgroup = aws.athena.Workgroup(
            f"{name}-{settings.workgroup}",
            name=settings.workgroup,
            force_destroy=disposable,
            configuration=aws.athena.WorkgroupConfigurationArgs(
                enforce_workgroup_configuration=True,
                publish_cloudwatch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=settings.scan_limit_gib * _GIB,
                engine_version=aws.athena.WorkgroupConfigurationEngineVersionArgs(
                    selected_engine_version="Athena engine version 3"
                ),
                result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                    output_location=self.results_location,
                    encryption_configuration=(
                        aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                            encryption_option="SSE_KMS", kms_key_arn=kms_key_arn
                        )
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.workgroup = workgroup.name
        self.register_outputs({"workgroup": self.workgroup})
