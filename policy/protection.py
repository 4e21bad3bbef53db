"""What production can't lose is protected from a `pulumi destroy` and from a replacement nobody noticed."""

from collections.abc import Iterator

from policy import flink, kafka
from policy.buckets import ENCRYPTION
from policy.locations import BUCKETS, DATABASE, kept
from policy.resources import UNKNOWN, Resource, Stack, at, each
from policy.rules import Finding, StackRule

KEY = "aws:kms/key:Key"
CLUSTER = "aws:eks/cluster:Cluster"

_KEYS = (
    ("applyServerSideEncryptionByDefault", "kmsMasterKeyId"),
    ("provider", "keyArn"),
    ("encryptionAtRestKmsKeyArn",),
)
"""Where a bucket, the cluster and brokers name theirs."""

_WHAT_GOES = {
    DATABASE: "with a Glue database its tables go: the files stay on S3, and nobody finds the current ones among them",
    KEY: "without its key all that it encrypted is unreadable, backups included",
    CLUSTER: "with the cluster goes what Kubernetes knows of the jobs, the way to their last checkpoint included",
    kafka.CLUSTER: "with the brokers go all records that nobody has read yet, and MSK keeps no backup",
    kafka.TOPIC: "with a topic go its records, read or not",
}
_REMEDY = (
    "set protect=True in its resource options; what is to go on purpose is unprotected first, in a change of its own "
    '(Pulumi docs: "protect")'
)


def _unprotected(stack: Stack) -> Iterator[Finding]:
    for job in flink.jobs(stack):
        if flink.is_production(job) is True and not job.protected:
            yield _finding(
                job, "job", "deleting a FlinkDeployment stops the job, and what it knew of its state goes with it"
            )
    if not flink.stack_is_production(stack):
        return
    holds = {place.bucket: place.what for place in kept(stack)}
    for bucket in stack.of(*BUCKETS):
        yield from _bucket(bucket, holds.get(bucket.urn))
    for resource in (*stack.of(DATABASE, CLUSTER, kafka.CLUSTER, kafka.TOPIC), *_keys_of_data(stack)):
        if not resource.protected:
            yield _finding(resource, resource.type.rpartition(":")[2], _WHAT_GOES[resource.type])


def _bucket(bucket: Resource, holds: str | None) -> Iterator[Finding]:
    emptied = bucket.at("forceDestroy")
    if holds and emptied is True:
        yield Finding(
            f"The production bucket {bucket.name}, where {holds} lie, has forceDestroy",
            "deleting the bucket then deletes every object and every version in it",
            "set forceDestroy to false, or say that the stack is disposable (disposable: true in the stack file)",
            bucket.urn,
        )
    elif not bucket.protected and (holds or emptied in (False, None)):
        yield _finding(
            bucket, "bucket", "a replacement starts with an empty one, and everything that names it moves over"
        )


def _keys_of_data(stack: Stack) -> Iterator[Resource]:
    """The KMS keys of buckets, of the cluster's secrets and of brokers' disks."""
    users = [
        *((user, "rules") for user in stack.of(*ENCRYPTION)),
        *((user, "encryptionConfig") for user in stack.of(CLUSTER)),
        *((user, "encryptionInfo") for user in stack.of(kafka.CLUSTER)),
    ]
    named = {at(holder, *path) for user, property_ in users for holder in each(user.at(property_)) for path in _KEYS}
    made_of = {urn for user, property_ in users for urn in user.dependencies.get(property_, ())}
    for key in stack.of(KEY):
        if key.urn in made_of or {key.at("arn"), key.at("keyId")} & named - {None, UNKNOWN}:
            yield key


def _finding(resource: Resource, kind: str, why: str) -> Finding:
    return Finding(f"The production {kind} {resource.name} is not protected", why, _REMEDY, resource.urn)


RULES = (
    StackRule(
        "unprotected-production-state", "What a production stack can't lose is protected from deletion.", _unprotected
    ),
)
