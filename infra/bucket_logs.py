"""Who read and wrote which object: the buckets' server access logs."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.bucket import Bucket, BucketNames, LogSources, expire_all, expire_noncurrent


class BucketLogs(pulumi.ComponentResource):
    """A bucket with the access logs of others, under a prefix each, by the day of the access.

    S3 delivers logs only to a bucket with its own keys (S3 user guide: "Enabling Amazon S3 server access logging"), and
    a bucket that logged itself would never come to rest.
    """

    def __init__(
        self,
        name: str,
        *,
        buckets: Mapping[str, BucketNames],
        account_id: pulumi.Input[str],
        days: int,
        noncurrent_days: int,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`buckets`: by the prefix that their logs get; `days`: that logs are kept."""
        super().__init__("lakehouse:index:BucketLogs", name, None, opts)
        logs = Bucket(
            name,
            kms_key_arn=None,
            lifecycle_rules=[expire_noncurrent(noncurrent_days), expire_all("expire", days)],
            disposable=disposable,
            log_sources=LogSources(account_id, [bucket.arn for bucket in buckets.values()]),
            opts=pulumi.ResourceOptions(parent=self),
        ).names
        by_day = aws.s3.BucketLoggingTargetObjectKeyFormatArgs(
            partitioned_prefix=aws.s3.BucketLoggingTargetObjectKeyFormatPartitionedPrefixArgs(
                partition_date_source="EventTime"
            )
        )
        for role, bucket in buckets.items():
            aws.s3.BucketLogging(
                f"{name}-{role}",
                bucket=bucket.name,
                target_bucket=logs.name,
                target_prefix=f"{role}/",
                target_object_key_format=by_day,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"name": logs.name})
