"""What a bucket refuses, whatever IAM allows."""

from collections.abc import Sequence
from typing import Any

from infra.iam_policy import Document, Statement, document


def bucket_policy(
    bucket: str, *, kms_key: str | None, account: str | None = None, log_sources: Sequence[str] = ()
) -> Document:
    """The bucket's policy; all arguments are ARNs, but for `account`. `kms_key`: None for S3's own keys."""
    statements = [
        _deny("TlsOnly", "s3:*", [bucket, f"{bucket}/*"], {"Bool": {"aws:SecureTransport": "false"}}),
        *_one_encryption(f"{bucket}/*", kms_key),
    ]
    if log_sources:
        statements.append(
            {
                "Sid": "AccessLogs",
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": f"{bucket}/*",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": list(log_sources)},
                },
            }
        )
    return document(*statements)


def _one_encryption(objects: str, kms_key: str | None) -> list[Statement]:
    """Uploads that ask for another encryption than the bucket's default are refused.

    Those that ask for none get the default and are let through, as Flink, Iceberg and Athena write: a `…NotEquals`, and
    its `…IfExists` too, holds where the header is missing, so each denial also asks for the header's presence (IAM user
    guide: "IAM JSON policy elements: Condition operators").
    """
    header = "s3:x-amz-server-side-encryption"
    given = {"Null": {header: "false"}}
    another = {**given, "StringNotEquals": {header: algorithm(kms_key)}}
    statements = [
        _deny("NoOtherEncryption", "s3:PutObject", [objects], another),
        # Keys that the uploader brings and S3 forgets: nobody else could read the object.
        _deny("NoCustomerKeys", "s3:PutObject", [objects], {"Null": {f"{header}-customer-algorithm": "false"}}),
    ]
    if kms_key is not None:
        header = f"{header}-aws-kms-key-id"
        another = {"Null": {header: "false"}, "ArnNotEquals": {header: kms_key}}
        statements.append(_deny("NoOtherKey", "s3:PutObject", [objects], another))
    return statements


def algorithm(kms_key: object) -> str:
    """As S3 calls the encryption with a key of ours, or else with its own."""
    return "AES256" if kms_key is None else "aws:kms"


def _deny(sid: str, action: str, resources: list[str], condition: dict[str, Any]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resources,
        "Condition": condition,
    }
