"""Every bucket encrypts what it holds, speaks TLS only, and is nobody else's to read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from policy.identity import documents, statements
from policy.locations import BUCKETS, bucket_identity
from policy.resources import UNKNOWN, Resource, Stack, at, each
from policy.rules import Finding, StackRule

ENCRYPTION = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
_ACL = ("aws:s3/bucketAcl:BucketAcl", "aws:s3/bucketAclV2:BucketAclV2")
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


@dataclass(frozen=True)
class _Companion:
    """A resource beside the bucket that makes it what it has to be."""

    types: tuple[str, ...]
    is_right: Callable[[Resource], bool]
    """True also where it can't be told."""
    wrong: str
    """What is wrong with a bucket that has none, as the end of a sentence."""
    why: str
    remedy: str


def _encrypts(configuration: Resource) -> bool:
    rules = each(configuration.at("rules"))
    return any(at(rule, "applyServerSideEncryptionByDefault", "sseAlgorithm") for rule in rules)


def _refuses_plain_http(policy: Resource) -> bool:
    if policy.at("policy") is UNKNOWN:
        return True
    return any(
        at(statement, "Effect") == "Deny"
        and at(statement, "Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and any(action in ("*", "s3:*") for action in each(at(statement, "Action")))
        and {str(arn).endswith("/*") for arn in each(at(statement, "Resource"))} == {True, False}
        and str(at(statement, "Condition", "Bool", "aws:SecureTransport")).lower() == "false"
        for document in documents(policy)
        for statement in statements(document)
    )


def _blocks_public_access(block: Resource) -> bool:
    return all(block.at(way) in (True, UNKNOWN) for way in _BLOCKS)


def _owns_all(controls: Resource) -> bool:
    return controls.at("rule", "objectOwnership") in ("BucketOwnerEnforced", UNKNOWN)


_ENCRYPTED = (
    _Companion(
        ENCRYPTION,
        _encrypts,
        "does not say how it encrypts",
        "S3 then encrypts with keys of its own, which nobody can withdraw: who may read is up to bucket and IAM "
        'policies alone (S3 user guide: "Server-side encryption")',
        "give it a BucketServerSideEncryptionConfiguration: aws:kms with the lake's key, or AES256 where access logs "
        "are delivered to, which takes nothing else",
    ),
    _Companion(
        ("aws:s3/bucketPolicy:BucketPolicy",),
        _refuses_plain_http,
        "has no policy that refuses plain HTTP",
        "credentials and rows can then be read and changed on the way (S3 user guide: "
        '"Security best practices", aws:SecureTransport)',
        "add a statement: Deny, Principal *, Action s3:*, Resource the bucket and what is in it, "
        "Condition Bool aws:SecureTransport false",
    ),
)

_PRIVATE = (
    _Companion(
        ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",),
        _blocks_public_access,
        "does not block public access in all four ways",
        'one wrong policy or ACL then gives its data to everybody (S3 user guide: "Blocking public access")',
        f"give it a BucketPublicAccessBlock with {', '.join(_BLOCKS)} all true",
    ),
    _Companion(
        ("aws:s3/bucketOwnershipControls:BucketOwnershipControls",),
        _owns_all,
        "leaves objects to whoever wrote them, and honours their ACLs",
        'an ACL goes past policies and Lake Formation (S3 user guide: "Controlling ownership of objects")',
        "give it BucketOwnershipControls with objectOwnership BucketOwnerEnforced, which turns ACLs off",
    ),
)


def _unencrypted(stack: Stack) -> Iterator[Finding]:
    yield from _lacking(stack, _ENCRYPTED)


def _public(stack: Stack) -> Iterator[Finding]:
    yield from _lacking(stack, _PRIVATE)
    for resource in stack.of(*BUCKETS, *_ACL):
        if resource.at("acl") in _PUBLIC_ACLS:
            yield Finding(
                f"The bucket of {resource.name} has the ACL {resource.at('acl')}",
                "everybody can then list what is in it, and read what has the same ACL",
                "remove the ACL",
                resource.urn,
            )


def _lacking(stack: Stack, companions: Sequence[_Companion]) -> Iterator[Finding]:
    for bucket in stack.of(*BUCKETS):
        for needed in companions:
            if not any(needed.is_right(found) for found in _perhaps_of(stack, bucket, needed.types)):
                yield Finding(f"The bucket {bucket.name} {needed.wrong}", needed.why, needed.remedy, bucket.urn)


def _perhaps_of(stack: Stack, bucket: Resource, types: Sequence[str]) -> Iterator[Resource]:
    """The bucket's resources of these types, and those of which it can't be told whose they are."""
    for resource in stack.of(*types):
        if bucket_identity(stack, resource, "bucket", resource.at("bucket")) in (bucket.urn, UNKNOWN):
            yield resource


RULES = (
    StackRule(
        "unencrypted-bucket", "Buckets encrypt by a configuration of their own and refuse plain HTTP.", _unencrypted
    ),
    StackRule("public-bucket", "Buckets block public access, own their objects and have no public ACL.", _public),
)
