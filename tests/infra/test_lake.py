import json
from typing import Any

import pytest

from infra.lake import Lake
from infra.settings.lake import LakeSettings
from tests.declared import Cloud, deploy

LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
DATA = ("lake-warehouse", "lake-state", "lake-results", "lake-files")


def lake(
    *,
    disposable: bool = False,
    exports_files: bool = True,
    results_days: dict[str, int] | None = None,
    **settings: Any,
) -> Cloud:
    return deploy(
        lambda: Lake(
            "lake",
            LakeSettings.model_validate(settings),
            disposable=disposable,
            exports_files=exports_files,
            account_id="123456789012",
            partition="aws",
            results_days=results_days or {"analysts": 14},
        )
    )


def expiries(cloud: Cloud, bucket: str) -> dict[str, int]:
    """Prefix → days after which its live objects go."""
    rules = cloud.inputs(LIFECYCLE, bucket)["rules"]
    return {
        rule["filter"]["prefix"]: rule["expiration"]["days"]
        for rule in rules
        if "days" in rule.get("expiration", {}) or "date" in rule.get("expiration", {})
    }


@pytest.mark.parametrize("storage_class", ["standard", "intelligent-tiering"])
def test_live_objects_of_the_warehouse_and_of_job_state_never_expire(storage_class: str) -> None:
    cloud = lake(storage_class=storage_class)
    for bucket in ("lake-warehouse", "lake-state"):
        assert expiries(cloud, bucket) == {}


def test_each_teams_results_go_when_it_says() -> None:
    cloud = lake(results_days={"analysts": 14, "finance": 90})
    assert expiries(cloud, "lake-results") == {"analysts/": 14, "finance/": 90}
    noncurrent = cloud.inputs(LIFECYCLE, "lake-results")["rules"][0]["noncurrentVersionExpiration"]
    assert noncurrent == {"noncurrentDays": 1}


@pytest.mark.parametrize(("storage_class", "moved"), [("standard", []), ("intelligent-tiering", ["lake-warehouse"])])
def test_only_table_data_is_moved_to_cheaper_storage_and_only_where_asked_for(
    storage_class: str, moved: list[str]
) -> None:
    cloud = lake(storage_class=storage_class)
    transitions = {
        bucket: rule["transitions"]
        for bucket in (*DATA, "lake-logs")
        for rule in cloud.inputs(LIFECYCLE, bucket)["rules"]
        if "transitions" in rule
    }
    assert transitions == {bucket: [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}] for bucket in moved}


def test_every_bucket_but_that_of_the_logs_is_logged_by_day() -> None:
    cloud = lake(access_log_days=30)
    logged = {each.inputs["bucket"]: each.inputs for each in cloud.program.of_kind("BucketLogging")}
    assert sorted(logged) == sorted(DATA)
    assert logged["lake-warehouse"]["targetBucket"] == "lake-logs"
    assert logged["lake-warehouse"]["targetPrefix"] == "warehouse/"
    by_day = {"partitionedPrefix": {"partitionDateSource": "EventTime"}}
    assert logged["lake-warehouse"]["targetObjectKeyFormat"] == by_day
    assert expiries(cloud, "lake-logs") == {"": 30}


def test_the_logs_bucket_takes_logs_of_the_others_before_they_are_told_to_log() -> None:
    cloud = lake()
    policy = json.loads(cloud.inputs("aws:s3/bucketPolicy:BucketPolicy", "lake-logs")["policy"])
    (allowed,) = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    assert allowed["Condition"]["ArnLike"]["aws:SourceArn"] == [f"arn:aws:s3:::{name}" for name in DATA]
    order = [(each.kind, each.name) for each in cloud.program.resources]
    for name in DATA:
        logging = order.index(("BucketLogging", f"lake-logs-{name.removeprefix('lake-')}"))
        assert order.index(("BucketPolicy", "lake-logs")) < logging


def test_data_is_encrypted_with_the_lakes_key_and_logs_with_s3s() -> None:
    cloud = lake()
    encryption = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    (key,) = cloud.program.of_kind("Key")
    for name in (*DATA, "lake-logs"):
        (rule,) = cloud.inputs(encryption, name)["rules"]
        default = rule["applyServerSideEncryptionByDefault"]
        assert default.get("kmsMasterKeyId") == (None if name == "lake-logs" else key.outputs["arn"])


@pytest.mark.parametrize("disposable", [False, True])
def test_only_a_disposable_lake_can_be_destroyed_with_its_data(disposable: bool) -> None:
    cloud = lake(disposable=disposable)
    buckets = cloud.program.of_kind("Bucket")
    assert len(buckets) == len(DATA) + 1
    assert {(each.inputs["forceDestroy"], each.protect) for each in buckets} == {(disposable, not disposable)}
    (key,) = cloud.program.of_kind("Key")
    assert key.protect is not disposable


def test_the_key_rotates_and_the_account_keeps_its_say() -> None:
    key = lake().inputs("aws:kms/key:Key", "lake")
    assert key["enableKeyRotation"] is True
    assert json.loads(key["policy"])["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}


def test_only_a_stack_whose_jobs_export_files_has_a_bucket_for_them() -> None:
    assert "lake-files" in lake().names("aws:s3/bucket:Bucket")
    assert "lake-files" not in lake(exports_files=False).names("aws:s3/bucket:Bucket")
