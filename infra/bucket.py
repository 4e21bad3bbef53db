"""A private, encrypted, versioned bucket: what every bucket of the lake has in common."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class BucketNames:
    """How other resources refer to a bucket; known once it is encrypted, versioned and closed."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


class Bucket(pulumi.ComponentResource):
    """An S3 bucket that only takes encrypted connections, encrypts with the lake's key and is never public."""

    names: BucketNames

    def __init__(
        self,
        name: str,
        *,
        kms_key_arn: pulumi.Input[str],
        lifecycle_rules: Sequence[aws.s3.BucketLifecycleConfigurationRuleArgs],
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`lifecycle_rules` apply in order; `disposable` deletes what is in the bucket along with it."""
        super().__init__("lakehouse:index:Bucket", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(
            name, force_destroy=disposable, opts=pulumi.ResourceOptions(parent=self, protect=not disposable)
        )
        # S3 answers "conflicting conditional operation" when several of these are set at once: one after the other.
        ownership = aws.s3.BucketOwnershipControls(
            name,
            bucket=bucket.bucket,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        public_access = aws.s3.BucketPublicAccessBlock(
            name,
            bucket=bucket.bucket,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[ownership]),
        )
        encryption = aws.s3.BucketServerSideEncryptionConfiguration(
            name,
            bucket=bucket.bucket,
            rules=[
                aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=(
                        aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                            sse_algorithm="aws:kms", kms_master_key_id=kms_key_arn
                        )
                    ),
                    # One data key a bucket instead of one an object: 1 s commits would else pay KMS per small file.
                    bucket_key_enabled=True,
                )
            ],
            opts=child,
        )
        versioning = aws.s3.BucketVersioning(
            name,
            bucket=bucket.bucket,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        aws.s3.BucketLifecycleConfiguration(
            name,
            bucket=bucket.bucket,
            rules=list(lifecycle_rules),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[versioning]),
        )
        policy = aws.s3.BucketPolicy(
            name,
            bucket=bucket.bucket,
            policy=bucket.arn.apply(lambda arn: json.dumps(_tls_only(arn))),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[public_access]),
        )
        ready = pulumi.Output.all(bucket.bucket, bucket.arn, encryption.id, versioning.id, policy.id)
        self.names = BucketNames(
            name=ready.apply(lambda values: str(values[0])), arn=ready.apply(lambda values: str(values[1]))
        )
        self.register_outputs({"name": self.names.name, "arn": self.names.arn})


def expire_noncurrent(days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """Removes what was deleted or overwritten `days` ago, and uploads that never ended; live objects stay."""
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="noncurrent",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        noncurrent_version_expiration=aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
            noncurrent_days=days
        ),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=7
        ),
    )


def _tls_only(bucket_arn: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
