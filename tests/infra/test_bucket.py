import json
from typing import Any

import pytest

from infra.bucket import Bucket, LogSources, expire_all, expire_noncurrent
from infra.bucket_policy import bucket_policy
from tests.declared import Cloud, deploy

ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
KEY = "arn:aws:kms:eu-west-1:1:key/lake"
SSE = "s3:x-amz-server-side-encryption"


def bucket(**given: Any) -> Cloud:
    arguments: dict[str, Any] = {
        "kms_key_arn": KEY,
        "lifecycle_rules": [expire_noncurrent(7)],
        "disposable": False,
    } | given
    return deploy(lambda: Bucket("b", **arguments))


def test_a_bucket_is_private_encrypted_and_versioned() -> None:
    cloud = bucket()
    blocked = cloud.inputs("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "b")
    assert [value for key, value in blocked.items() if key != "bucket"] == [True] * 4
    ownership = cloud.inputs("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "b")
    assert ownership["rule"] == {"objectOwnership": "BucketOwnerEnforced"}
    (rule,) = cloud.inputs(ENCRYPTION, "b")["rules"]
    assert rule == {
        "applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY},
        "bucketKeyEnabled": True,
    }
    versioning = cloud.inputs("aws:s3/bucketVersioning:BucketVersioning", "b")
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    policy = json.loads(cloud.inputs("aws:s3/bucketPolicy:BucketPolicy", "b")["policy"])
    assert policy == bucket_policy("arn:aws:s3:::b", kms_key=KEY)


@pytest.mark.parametrize("disposable", [False, True])
def test_only_a_disposable_bucket_can_be_destroyed(disposable: bool) -> None:
    cloud = bucket(disposable=disposable)
    (made,) = cloud.program.of_kind("Bucket")
    assert (made.inputs["forceDestroy"], made.protect) == (disposable, not disposable)


def test_what_is_deleted_can_be_restored_for_a_while_and_what_lives_is_left_alone() -> None:
    lifecycle = bucket().inputs("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "b")
    assert lifecycle["rules"] == [
        {
            "id": "noncurrent",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrentVersionExpiration": {"noncurrentDays": 7},
            "expiration": {"expiredObjectDeleteMarker": True},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        }
    ]


def test_expiry_knows_its_prefix() -> None:
    lifecycle = bucket(lifecycle_rules=[expire_all("old", 3, prefix="a/")]).inputs(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "b"
    )
    assert lifecycle["rules"] == [
        {"id": "old", "status": "Enabled", "filter": {"prefix": "a/"}, "expiration": {"days": 3}}
    ]


def test_a_bucket_without_a_key_of_ours_has_s3s() -> None:
    (rule,) = bucket(kms_key_arn=None).inputs(ENCRYPTION, "b")["rules"]
    assert rule == {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}


def test_logs_are_taken_from_the_named_buckets_only() -> None:
    cloud = bucket(log_sources=LogSources("123456789012", ["arn:aws:s3:::a"]), kms_key_arn=None)
    policy = json.loads(cloud.inputs("aws:s3/bucketPolicy:BucketPolicy", "b")["policy"])
    (allowed,) = [statement for statement in policy["Statement"] if statement["Effect"] == "Allow"]
    assert allowed == {
        "Sid": "AccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::b/*",
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": ["arn:aws:s3:::a"]},
        },
    }


def denied(policy: dict[str, Any], action: str, context: dict[str, str]) -> bool:
    """Whether a statement of the policy denies it, by the operators that it uses (IAM user guide)."""

    def holds(operator: str, key: str, wanted: str) -> bool:
        match operator:
            case "Null":
                return (key not in context) == (wanted == "true")
            case "Bool":
                return context.get(key) == wanted
            case "StringNotEquals" | "ArnNotEquals":
                return context.get(key) != wanted
            case _:
                raise AssertionError(operator)

    return any(
        all(holds(op, key, wanted) for op, keys in statement["Condition"].items() for key, wanted in keys.items())
        for statement in policy["Statement"]
        if statement["Effect"] == "Deny" and statement["Action"] in ("s3:*", action)
    )


TLS = {"aws:SecureTransport": "true"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {SSE: "aws:kms"},
        {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": KEY},
    ],
)
def test_uploads_with_the_buckets_encryption_or_without_a_word_are_taken(headers: dict[str, str]) -> None:
    assert not denied(bucket_policy("arn:b", kms_key=KEY), "s3:PutObject", TLS | headers)


@pytest.mark.parametrize(
    "headers",
    [
        {SSE: "AES256"},
        {SSE: "aws:kms:dsse"},
        {SSE: "aws:kms", f"{SSE}-aws-kms-key-id": "arn:aws:kms:eu-west-1:1:key/another"},
        {f"{SSE}-customer-algorithm": "AES256"},
    ],
)
def test_uploads_with_another_encryption_are_refused(headers: dict[str, str]) -> None:
    assert denied(bucket_policy("arn:b", kms_key=KEY), "s3:PutObject", TLS | headers)


def test_with_s3s_keys_another_encryption_is_refused_too() -> None:
    policy = bucket_policy("arn:b", kms_key=None)
    assert denied(policy, "s3:PutObject", TLS | {SSE: "aws:kms"})
    assert not denied(policy, "s3:PutObject", TLS | {SSE: "AES256"})
    assert not denied(policy, "s3:PutObject", TLS)


def test_nothing_goes_without_tls() -> None:
    for action in ("s3:GetObject", "s3:PutObject", "s3:ListBucket"):
        assert denied(bucket_policy("arn:b", kms_key=KEY), action, {"aws:SecureTransport": "false"})
        assert not denied(bucket_policy("arn:b", kms_key=KEY), action, TLS)


def test_the_public_is_shut_out_before_the_policy_is_set() -> None:
    order = [each.kind for each in bucket().program.resources]
    assert order.index("BucketOwnershipControls") < order.index("BucketPublicAccessBlock") < order.index("BucketPolicy")
