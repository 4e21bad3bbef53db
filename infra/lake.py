"""Where the data lies: the warehouse, the jobs' state and query results, and the key that encrypts them."""

import json

import pulumi
import pulumi_aws as aws

from infra.bucket import Bucket, BucketNames, expire_noncurrent
from infra.settings import LakeSettings


class Lake(pulumi.ComponentResource):
    """Three buckets and their key.

    The warehouse and state buckets never expire a live object: Iceberg and Flink alone know what is still referenced.
    """

    kms_key_arn: pulumi.Output[str]
    warehouse: BucketNames
    state: BucketNames
    results: BucketNames

    def __init__(
        self,
        name: str,
        settings: LakeSettings,
        *,
        account_id: pulumi.Input[str],
        partition: pulumi.Input[str],
        results_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`results_days`: days that query results are kept."""
        super().__init__("lakehouse:index:Lake", name, None, opts)
        key = aws.kms.Key(
            name,
            description="Encrypts the lake's tables, the jobs' state and query results",
            enable_key_rotation=True,
            deletion_window_in_days=7 if settings.disposable else 30,
            policy=pulumi.Output.format("arn:{0}:iam::{1}:root", partition, account_id).apply(_key_policy),
            opts=pulumi.ResourceOptions(parent=self, protect=not settings.disposable),
        )
        aws.kms.Alias(
            name,
            name=f"alias/flink-lakehouse-{pulumi.get_stack()}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.kms_key_arn = key.arn
        self.warehouse = self._bucket(f"{name}-warehouse", settings)
        self.state = self._bucket(f"{name}-state", settings)
        self.results = self._bucket(f"{name}-results", settings, expire_all(results_days))
        buckets = {"warehouse": self.warehouse, "state": self.state, "results": self.results}
        self.register_outputs({role: bucket.name for role, bucket in buckets.items()})

    def _bucket(
        self, name: str, settings: LakeSettings, *rules: aws.s3.BucketLifecycleConfigurationRuleArgs
    ) -> BucketNames:
        return Bucket(
            name,
            kms_key_arn=self.kms_key_arn,
            lifecycle_rules=[expire_noncurrent(settings.noncurrent_days), *rules],
            disposable=settings.disposable,
            opts=pulumi.ResourceOptions(parent=self),
        ).names


def expire_all(days: int) -> aws.s3.BucketLifecycleConfigurationRuleArgs:
    """Removes every object after `days`: for query results only."""
    return aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="expire",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
    )


def _key_policy(account_arn: str) -> str:
    # Leaves the say to IAM policies, as AWS's default key policy does; without it a key can become unmanageable.
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AccountDecidesByIam",
                    "Effect": "Allow",
                    "Principal": {"AWS": account_arn},
                    "Action": "kms:*",
                    "Resource": "*",
                }
            ],
        }
    )
