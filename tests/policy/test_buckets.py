import json
from typing import Any

import pytest

from tests.policy.given import BUCKET, UNKNOWN, Given, bucket, findings

ENCRYPTED = "unencrypted-bucket"
PRIVATE = "public-bucket"

TLS_ONLY: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def encryption(algorithm: Any = "aws:kms", of: Any = "lake") -> Given:
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": algorithm}}]
    return beside("ServerSideEncryptionConfiguration", of, rules=rules)


def policy(*statements: dict[str, Any], of: Any = "lake") -> Given:
    return beside("Policy", of, policy=json.dumps({"Statement": [*statements]}))


def block(of: Any = "lake", **changes: Any) -> Given:
    ways = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    return beside("PublicAccessBlock", of, **(dict.fromkeys(ways, True) | changes))


def ownership(value: Any = "BucketOwnerEnforced", of: Any = "lake") -> Given:
    return beside("OwnershipControls", of, rule={"objectOwnership": value})


def beside(kind: str, of: Any, **inputs: Any) -> Given:
    return Given(f"aws:s3/bucket{kind}:Bucket{kind}", f"lake-{kind}", {"bucket": of, **inputs})


def test_a_bucket_with_encryption_and_tls_only_passes() -> None:
    assert findings(ENCRYPTED, bucket("lake"), encryption(), policy(TLS_ONLY)) == []
    assert findings(ENCRYPTED, bucket("lake"), encryption("AES256"), policy(TLS_ONLY | {"Action": "*"})) == []


def test_a_bucket_without_an_encryption_configuration_is_found() -> None:
    (message,) = findings(ENCRYPTED, bucket("lake"), policy(TLS_ONLY))
    assert "bucket lake does not say how it encrypts" in message
    assert "aws:kms" in message
    assert len(findings(ENCRYPTED, bucket("lake"), policy(TLS_ONLY), encryption(of="other"))) == 1


@pytest.mark.parametrize(
    "statement",
    [
        None,
        TLS_ONLY | {"Effect": "Allow"},
        TLS_ONLY | {"Action": "s3:PutObject"},
        TLS_ONLY | {"Principal": {"AWS": "arn:aws:iam::1:root"}},
        TLS_ONLY | {"Resource": "arn:aws:s3:::lake/*"},
        TLS_ONLY | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        TLS_ONLY | {"Condition": {"StringEquals": {"aws:PrincipalAccount": "1"}}},
    ],
)
def test_a_bucket_that_takes_plain_http_is_found(statement: dict[str, Any] | None) -> None:
    (message,) = findings(ENCRYPTED, bucket("lake"), encryption(), *([policy(statement)] if statement else []))
    assert "bucket lake has no policy that refuses plain HTTP" in message
    assert "Condition Bool aws:SecureTransport false" in message


def test_what_is_unknown_of_encryption_and_policy_is_no_violation() -> None:
    assert findings(ENCRYPTED, bucket("lake"), encryption(UNKNOWN), beside("Policy", "lake", policy=UNKNOWN)) == []
    assert findings(ENCRYPTED, bucket("lake"), encryption(of=UNKNOWN), policy(TLS_ONLY, of=UNKNOWN)) == []
    assert findings(ENCRYPTED, bucket("lake"), beside("ServerSideEncryptionConfiguration", "lake", rules=UNKNOWN),
                    policy(TLS_ONLY)) == []  # fmt: skip


def test_where_the_name_is_unknown_dependencies_tell_whose_it_is() -> None:
    unnamed = Given(BUCKET, "lake", {"bucket": UNKNOWN})
    other = Given(BUCKET, "other", {"bucket": UNKNOWN})
    theirs = Given(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "other-ownership",
        {"bucket": UNKNOWN, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        made_of={"bucket": ["other"]},
    )
    messages = findings(PRIVATE, unnamed, other, theirs, block(of=UNKNOWN))
    assert [message.split(" leaves")[0] for message in messages] == ["The bucket lake"]


def test_the_provider_still_has_the_old_types_of_buckets() -> None:
    old = Given("aws:s3/bucketV2:BucketV2", "lake", {"bucket": "lake"})
    assert len(findings(ENCRYPTED, old)) == len(findings(PRIVATE, old)) == 2
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]
    type_ = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
    encrypts = Given(type_, "lake-encryption", {"bucket": "lake", "rules": rules})
    assert findings(ENCRYPTED, old, encrypts, policy(TLS_ONLY)) == []


def test_a_private_bucket_passes() -> None:
    assert findings(PRIVATE, bucket("lake"), block(), ownership()) == []


@pytest.mark.parametrize("way", ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"])
def test_each_way_to_the_public_has_to_be_blocked(way: str) -> None:
    for blocked in (block(**{way: False}), block(**{way: None})):
        (message,) = findings(PRIVATE, bucket("lake"), blocked, ownership())
        assert "does not block public access in all four ways" in message
    assert len(findings(PRIVATE, bucket("lake"), ownership())) == 1
    assert findings(PRIVATE, bucket("lake"), block(**{way: UNKNOWN}), ownership()) == []


def test_a_bucket_that_honours_acls_is_found() -> None:
    for controls in ([ownership("BucketOwnerPreferred")], [ownership("ObjectWriter")], []):
        (message,) = findings(PRIVATE, bucket("lake"), block(), *controls)
        assert "BucketOwnerEnforced" in message
    assert findings(PRIVATE, bucket("lake"), block(), ownership(UNKNOWN)) == []


@pytest.mark.parametrize("acl", ["public-read", "public-read-write", "authenticated-read"])
def test_a_public_acl_is_found_wherever_it_stands(acl: str) -> None:
    private = (block(), ownership())
    assert len(findings(PRIVATE, bucket("lake", acl=acl), *private)) == 1
    assert len(findings(PRIVATE, bucket("lake"), *private, beside("AclV2", "lake", acl=acl))) == 1
    (message,) = findings(PRIVATE, bucket("lake"), *private, beside("Acl", "lake", acl=acl))
    assert f"has the ACL {acl}" in message
    assert findings(PRIVATE, bucket("lake", acl="private"), *private, beside("Acl", "lake", acl=UNKNOWN)) == []
