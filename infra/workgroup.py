"""An Athena workgroup whose settings no client can override."""

import pulumi
import pulumi_aws as aws

_GIB = 1024**3


def athena_workgroup(
    name: str,
    *,
    workgroup: str,
    description: str,
    results_location: pulumi.Input[str],
    scan_limit_gib: int,
    kms_key_arn: pulumi.Input[str],
    force_destroy: bool,
    child: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """Its name, once it exists: engine v3 (Iceberg time travel), encrypted results in a place of its own, a limit on
    what one query may scan."""
    return aws.athena.Workgroup(
        name,
        name=workgroup,
        description=description,
        force_destroy=force_destroy,
        configuration=aws.athena.WorkgroupConfigurationArgs(
            enforce_workgroup_configuration=True,
            publish_cloudwatch_metrics_enabled=True,
            bytes_scanned_cutoff_per_query=scan_limit_gib * _GIB,
            engine_version=aws.athena.WorkgroupConfigurationEngineVersionArgs(
                selected_engine_version="Athena engine version 3"
            ),
            result_configuration=aws.athena.WorkgroupConfigurationResultConfigurationArgs(
                output_location=results_location,
                encryption_configuration=aws.athena.WorkgroupConfigurationResultConfigurationEncryptionConfigurationArgs(
                    encryption_option="SSE_KMS", kms_key_arn=kms_key_arn
                ),
            ),
        ),
        opts=child,
    ).name
