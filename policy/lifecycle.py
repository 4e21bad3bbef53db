"""S3 lifecycle rules, which know nothing of what is still in use."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policy.locations import BUCKETS, Kept, bucket_identity, kept
from policy.resources import UNKNOWN, Stack, Unknown, at, each
from policy.rules import Finding, StackRule

CONFIGURATIONS = (
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2",
)

_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
"""Storage classes whose objects have to be restored before they can be read (S3 user guide: "Archived objects")."""


@dataclass(frozen=True)
class _Removal:
    """A lifecycle rule that takes away objects that are not deleted."""

    bucket: str
    prefix: str | Unknown
    does: str
    urn: str

    def touches(self, place: Kept) -> bool:
        """Whether it certainly does: prefixes are compared as S3 does, letter by letter."""
        if self.bucket != place.bucket:
            return False
        if self.prefix == "" or place.prefix == "":
            return self.prefix is not UNKNOWN
        if isinstance(self.prefix, Unknown) or isinstance(place.prefix, Unknown):
            return False
        within = f"{place.prefix}/"
        return within.startswith(self.prefix) or self.prefix.startswith(within)


_WHY = (
    "S3 goes by when an object was written, and files of tables and of checkpoints stay in use until a row changes: "
    "queries of the table then fail, and the job can't be restored "
    '(Iceberg docs: "Maintenance"; Flink docs: "Checkpoints")'
)
_REMEDY = (
    "remove the rule, or narrow its prefix. Glue's optimizers expire snapshots and Flink its checkpoints; lifecycle "
    "rules are for noncurrent versions and incomplete uploads"
)


def _removes_live_objects(stack: Stack) -> Iterator[Finding]:
    places = list(kept(stack))
    for removal in _removals(stack):
        touched = sorted({place.what for place in places if removal.touches(place)})
        if touched:
            yield Finding(
                f"A lifecycle rule {removal.does} under '{removal.prefix}', which holds {' and '.join(touched)}",
                _WHY,
                _REMEDY,
                removal.urn,
            )


def _removals(stack: Stack) -> Iterator[_Removal]:
    for configuration in stack.of(*CONFIGURATIONS):
        bucket = bucket_identity(stack, configuration, "bucket", configuration.at("bucket"))
        for rule in each(configuration.at("rules")):
            if bucket is not UNKNOWN and at(rule, "status") == "Enabled":
                yield from _of_rule(rule, _prefix(rule), bucket, configuration.urn)
    for resource in stack.of(*BUCKETS):
        for rule in each(resource.at("lifecycleRules")):
            if at(rule, "enabled") is True:
                yield from _of_rule(rule, at(rule, "prefix") or "", resource.urn, resource.urn)


def _of_rule(rule: Any, prefix: str | Unknown, bucket: str, urn: str) -> Iterator[_Removal]:
    for expiration in each(at(rule, "expiration")):
        days, date = at(expiration, "days"), at(expiration, "date")
        # `expiredObjectDeleteMarker` alone removes no object.
        if days or date:
            yield _Removal(bucket, prefix, "deletes every object by its age", urn)
    for transition in each(at(rule, "transitions")):
        if at(transition, "storageClass") in _ARCHIVES:
            yield _Removal(bucket, prefix, f"moves every object to {at(transition, 'storageClass')} by its age", urn)


def _prefix(rule: Any) -> str | Unknown:
    for path in (("filter", "prefix"), ("filter", "and", "prefix"), ("prefix",)):
        if found := at(rule, *path):
            return found
    return ""


RULES = (
    StackRule(
        "lifecycle-over-lake",
        "No lifecycle rule removes or archives objects that tables or jobs may still need.",
        _removes_live_objects,
    ),
)
