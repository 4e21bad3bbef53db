"""Places on S3: which bucket something lies in, and under which prefix."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policy import flink
from policy.resources import UNKNOWN, Resource, Stack, Unknown

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
TABLE = "aws:glue/catalogTable:CatalogTable"
REGISTRATION = "aws:lakeformation/resource:Resource"

_URI = re.compile(r"(?:s3[an]?://|arn:[\w-]+:s3:::)([^/]+)/*(.*?)/*")


@dataclass(frozen=True)
class Location:
    """A prefix of a bucket, without slashes around it; '' is the whole bucket."""

    bucket: str
    prefix: str

    @property
    def parts(self) -> tuple[str, ...]:
        """So that what lies within a location sorts right behind it."""
        return (self.bucket, *self.prefix.split("/")) if self.prefix else (self.bucket,)

    def contains(self, other: "Location") -> bool:
        return other.parts[: len(self.parts)] == self.parts

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


def location(uri: Any) -> Location | None:
    """Of an `s3://` URI or the ARN of a bucket or prefix; None for anything else, also for what is unknown."""
    match = _URI.fullmatch(uri) if isinstance(uri, str) else None
    return Location(match[1], match[2]) if match else None


@dataclass(frozen=True)
class Kept:
    """A part of a bucket that holds what only Iceberg or Flink may remove."""

    bucket: str | Unknown
    """As `bucket_identity` gives it."""
    prefix: str | Unknown
    what: str


def kept(stack: Stack) -> Iterator[Kept]:
    """Where the stack's tables and its jobs' state lie."""
    for database in stack.of(DATABASE):
        yield from _kept(stack, database, "locationUri", [database.at("locationUri")], "the tables of a Glue database")
    for table in stack.of(TABLE):
        uri = table.at("storageDescriptor", "location")
        yield from _kept(stack, table, "storageDescriptor", [uri], "a table")
    for registration in stack.of(REGISTRATION):
        yield from _kept(stack, registration, "arn", [registration.at("arn")], "data that Lake Formation governs")
    for job in flink.jobs(stack):
        yield from _kept(stack, job, "spec", flink.state_directories(job), f"the state of the job {job.name}")


def _kept(stack: Stack, resource: Resource, property_: str, uris: list[Any], what: str) -> Iterator[Kept]:
    for uri in uris:
        if found := location(uri):
            yield Kept(bucket_identity(stack, resource, property_, found.bucket), found.prefix, what)
        elif uri is UNKNOWN:
            yield Kept(bucket_identity(stack, resource, property_, UNKNOWN), UNKNOWN, what)


def bucket_identity(stack: Stack, resource: Resource, property_: str, name: Any) -> str | Unknown:
    """The URN of the stack's bucket of this name, or the name of one that is not the stack's.

    Where names are unknown, as in a first preview, what `property_` is made of tells the bucket, if it is only one.
    """
    buckets = list(stack.of(*BUCKETS))
    if name is not UNKNOWN and (same := [bucket.urn for bucket in buckets if bucket.at("bucket") == name]):
        return same[0]
    unnamed = [bucket for bucket in buckets if name is UNKNOWN or not isinstance(bucket.at("bucket"), str)]
    made_of = resource.dependencies.get(property_, frozenset[str]())
    candidates = [bucket.urn for bucket in unnamed if bucket.urn in made_of]
    if len(candidates) == 1:
        return candidates[0]
    return UNKNOWN if unnamed else str(name)
