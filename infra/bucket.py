"""A private, encrypted, versioned bucket: what every bucket of the lake has in common."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.bucket_policy import algorithm, bucket_policy


@dataclass(frozen=True)
class BucketNames:
    """How other resources refer to a bucket; known once it is encrypted, versioned and closed."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


@dataclass(frozen=True)
class LogSources:
    """Buckets whose server access logs S3 may deliver to another one."""

    account_id: pulumi.Input[str]
    bucket_arns: Sequence[pulumi.Input[str]]


class Bucket(pulumi.ComponentResource):
    """An S3 bucket that only takes encrypted connections, encrypts everything in one way and is never public."""

    names: BucketNames

    def __init__(
        self,
        name: str,
        *,
        kms_key_arn: pulumi.Input[str] | None,
        lifecycle_rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
        disposable: bool,
        log_sources: LogSources | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`kms_key_arn`: None for S3's own keys; `disposable` deletes what is in the bucket along with it;
        `log_sources`: makes it a target of access logs."""
        super().__init__("lakehouse:index:Bucket", name, None, opts)
        bucket = aws.s3.Bucket(
            name, force_destroy=disposable, opts=pulumi.ResourceOptions(parent=self, protect=not disposable)
        )
        public_access = self._close(name, bucket)
        encryption = self._encrypt(name, bucket, kms_key_arn)
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=list(lifecycle_rules),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        document = pulumi.Output.all(
            bucket=bucket.arn,
            kms_key=kms_key_arn,
            account=log_sources.account_id if log_sources else None,
            log_sources=list(log_sources.bucket_arns) if log_sources else [],
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=document.apply(lambda known: json.dumps(bucket_policy(**known))),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[public_access]),
        )
        ready = pulumi.Output.all(bucket.bucket, bucket.arn, encryption.id, versioning.id, policy.id)
        self.names = BucketNames(
            name=ready.apply(lambda values: str(values[0])), arn=ready.apply(lambda values: str(values[1]))
        )
        self.register_outputs({"name": self.names.name, "arn": self.names.arn})

    def _close(self, name: str, bucket: aws.s3.Bucket) -> aws.s3.BucketPublicAccessBlock:
        # S3 answers "conflicting conditional operation" when several of these are set at once: one after the other.
        ownership = aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[ownership]),
        )

    def _encrypt(
        self, name: str, bucket: aws.s3.Bucket, kms_key_arn: pulumi.Input[str] | None
    ) -> aws.s3.BucketServerSideEncryptionConfiguration:
        default = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm=algorithm(kms_key_arn), kms_master_key_id=kms_key_arn
        )
        rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
            apply_server_side_encryption_by_default=default,
            # One data key a bucket instead of one an object: 1 s commits would else pay KMS per small file.
            bucket_key_enabled=True if kms_key_arn is not None else None,
        )
        return aws.s3.BucketServerSideEncryptionConfiguration(
            name, bucket=bucket.bucket, rules=[rule], opts=pulumi.ResourceOptions(parent=self)
        )


def expire_noncurrent(days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """Removes what was deleted or overwritten `days` ago, and uploads that never ended; live objects stay."""
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="noncurrent",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=days
        ),
        # A marker whose versions are all gone marks nothing, and slows down listings.
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(expired_object_delete_marker=True),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=7
        ),
    )


def expire_all(rule_id: str, days: int, *, prefix: str = "") -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """Removes every object under `prefix` after `days`: for query results and logs only."""
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id=rule_id,
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )
