"""Where the data lies: the warehouse, the jobs' state and query results, and the key that encrypts them."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from infra.bucket import Bucket, BucketNames, expire_all, expire_noncurrent
from infra.bucket_logs import BucketLogs
from infra.iam_policy import account_decides, document
from infra.settings.lake import LakeSettings

LifecycleRule = aws.s3.BucketLifecycleConfigurationRuleArgs


class Lake(pulumi.ComponentResource):
    """Three buckets, or four where jobs export files, their key, and another bucket with their access logs.

    The warehouse and state buckets never expire a live object: Iceberg and Flink alone know what is still referenced.
    """

    kms_key_arn: pulumi.Output[str]
    warehouse: BucketNames
    state: BucketNames
    results: BucketNames
    files: BucketNames | None
    """Exported files: theirs who fetch them to keep or delete, so they expire by no rule of ours."""

    def __init__(
        self,
        name: str,
        settings: LakeSettings,
        *,
        disposable: bool,
        exports_files: bool,
        account_id: pulumi.Input[str],
        partition: pulumi.Input[str],
        results_days: Mapping[str, int],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`results_days`: each workgroup, whose results lie under its name, → days that they are kept."""
        super().__init__("lakehouse:index:Lake", name, None, opts)
        self._disposable = disposable
        self.kms_key_arn = self._key(name, account_id, partition)
        days = settings.noncurrent_days
        tiering = [tier_when_old()] if settings.storage_class == "intelligent-tiering" else []
        self.warehouse = self._bucket(f"{name}-warehouse", [expire_noncurrent(days), *tiering])
        self.state = self._bucket(f"{name}-state", [expire_noncurrent(days)])
        # Results can be had again by asking again: nothing of them is kept longer than their team says.
        expiries = [expire_all(f"expire-{group}", kept, prefix=f"{group}/") for group, kept in results_days.items()]
        self.results = self._bucket(f"{name}-results", [expire_noncurrent(1), *expiries])
        buckets = {"warehouse": self.warehouse, "state": self.state, "results": self.results}
        self.files = self._bucket(f"{name}-files", [expire_noncurrent(days)]) if exports_files else None
        if self.files:
            buckets["files"] = self.files
        BucketLogs(
            f"{name}-logs",
            buckets=buckets,
            account_id=account_id,
            days=settings.access_log_days,
            noncurrent_days=days,
            disposable=disposable,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({role: bucket.name for role, bucket in buckets.items()})

    def _key(self, name: str, account_id: pulumi.Input[str], partition: pulumi.Input[str]) -> pulumi.Output[str]:
        key = aws.kms.Key(
            name,
            description="Encrypts the lake's tables, the jobs' state and query results",
            enable_key_rotation=True,
            deletion_window_in_days=7 if self._disposable else 30,
            policy=pulumi.Output.format("arn:{0}:iam::{1}:root", partition, account_id).apply(_key_policy),
            opts=pulumi.ResourceOptions(parent=self, protect=not self._disposable),
        )
        aws.kms.Alias(
            name,
            name=f"alias/flink-lakehouse-{pulumi.get_stack()}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return key.arn

    def _bucket(self, name: str, rules: Sequence[LifecycleRule]) -> BucketNames:
        return Bucket(
            name,
            kms_key_arn=self.kms_key_arn,
            lifecycle_rules=rules,
            disposable=self._disposable,
            opts=pulumi.ResourceOptions(parent=self),
        ).names


def tier_when_old() -> LifecycleRule:
    """Hands over to Intelligent-Tiering what is 30 days old: what compaction replaces or retention removes by then
    never pays its fee. S3 leaves out objects below 128 KiB, which would not be moved to cheaper storage anyway."""
    return LifecycleRule(
        id="tiering",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        transitions=[
            aws.s3.BucketLifecycleConfigurationRuleTransitionArgs(days=30, storage_class="INTELLIGENT_TIERING")
        ],
    )


def _key_policy(account_arn: str) -> str:
    return json.dumps(document(account_decides(account_arn)))
