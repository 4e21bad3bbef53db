from dataclasses import replace
from typing import Any

import pytest

from tests.policy.given import BUCKET, UNKNOWN, Given, bucket, database, findings, job

RULE = "lifecycle-over-lake"
CONFIGURATION = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def lifecycle(name: Any, *rules: dict[str, Any], made_of: tuple[str, ...] = ()) -> Given:
    inputs = {"bucket": name, "rules": [{"id": "x", "status": "Enabled", **rule} for rule in rules]}
    return Given(CONFIGURATION, f"{name}-lifecycle", inputs, made_of={"bucket": made_of} if made_of else {})


EXPIRE = {"expiration": {"days": 30}}
LAKE = (bucket("lake"), bucket("state"), database("sales", "s3://lake/sales"), job())


@pytest.mark.parametrize("name", ["lake", "state"])
def test_a_rule_that_expires_live_objects_of_tables_or_state_is_found(name: str) -> None:
    (message,) = findings(RULE, *LAKE, lifecycle(name, EXPIRE))
    assert "deletes every object by its age" in message
    assert ("the tables of a Glue database" in message) == (name == "lake")
    assert ("the state of the job orders" in message) == (name == "state")
    assert "Glue's optimizers expire snapshots" in message


@pytest.mark.parametrize(
    "rule",
    [
        {"expiration": {"date": "2030-01-01T00:00:00Z"}},
        {"expiration": {"days": 1}, "filter": {"prefix": "sal"}},
        {"expiration": {"days": 1}, "filter": {"prefix": "sales/orders/data"}},
        {"expiration": {"days": 1}, "filter": {"and": {"prefix": "sales/", "tags": {"a": "b"}}}},
        {"expiration": {"days": 1}, "prefix": "sales"},
        {"transitions": [{"days": 90, "storageClass": "GLACIER"}]},
        {"transitions": [{"days": 1, "storageClass": "GLACIER_IR"}, {"days": 90, "storageClass": "DEEP_ARCHIVE"}]},
    ],
)
def test_however_the_rule_is_written(rule: dict[str, Any]) -> None:
    assert len(findings(RULE, *LAKE, lifecycle("lake", rule))) == 1


@pytest.mark.parametrize(
    "rule",
    [
        {
            "noncurrentVersionExpiration": {"noncurrentDays": 7},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        },
        {"expiration": {"expiredObjectDeleteMarker": True, "days": 0}},
        {"expiration": {"days": 30}, "filter": {"prefix": "sales2/"}},
        {"expiration": {"days": 30}, "filter": {"prefix": "tmp/"}},
        {"expiration": {"days": 30}, "filter": {"and": {"prefix": "tmp/", "tags": {"a": "b"}}}},
        {"expiration": {"days": 30}, "prefix": "tmp/"},
        {"expiration": {"days": 30}, "status": "Disabled"},
        {"transitions": [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]},
    ],
)
def test_rules_that_leave_live_objects_readable_pass(rule: dict[str, Any]) -> None:
    assert findings(RULE, *LAKE, lifecycle("lake", rule)) == []


def test_buckets_without_tables_or_state_may_expire() -> None:
    assert findings(RULE, *LAKE, bucket("results"), lifecycle("results", EXPIRE)) == []


def test_the_old_type_of_configuration_counts() -> None:
    old = replace(lifecycle("lake", EXPIRE), type=CONFIGURATION.replace("Configuration", "ConfigurationV2"))
    assert len(findings(RULE, *LAKE, old)) == 1


def test_a_bucket_that_is_not_the_stacks_is_known_by_its_name() -> None:
    (message,) = findings(RULE, database("sales", "s3://theirs/sales"), lifecycle("theirs", EXPIRE))
    assert "the tables of a Glue database" in message


def test_locations_of_lake_formation_and_of_tables_count() -> None:
    registered = Given("aws:lakeformation/resource:Resource", "lake", {"arn": "arn:aws:s3:::lake"})
    assert len(findings(RULE, bucket("lake"), registered, lifecycle("lake", EXPIRE))) == 1
    table = Given("aws:glue/catalogTable:CatalogTable", "t", {"storageDescriptor": {"location": "s3://lake/t"}})
    assert len(findings(RULE, bucket("lake"), table, lifecycle("lake", EXPIRE))) == 1


@pytest.mark.parametrize(
    "option",
    [
        "state.checkpoints.dir",
        "execution.checkpointing.dir",
        "state.savepoints.dir",
        "execution.checkpointing.savepoint-dir",
        "high-availability.storageDir",
    ],
)
def test_whatever_a_job_restarts_from_counts(option: str) -> None:
    stack = (bucket("kept"), job(flinkConfiguration={option: "s3://kept/orders"}))
    (message,) = findings(RULE, *stack, lifecycle("kept", EXPIRE))
    assert "the state of the job orders" in message


def test_rules_within_the_bucket_resource_count() -> None:
    for enabled in (True, False):
        rules = [{"enabled": enabled, "expiration": {"days": 1}}]
        stack = (bucket("lake", lifecycleRules=rules), database("sales", "s3://lake/sales"))
        assert len(findings(RULE, *stack)) == enabled


def test_where_names_are_unknown_dependencies_tell_the_bucket() -> None:
    stack = (
        Given(BUCKET, "lake", {"bucket": UNKNOWN}),
        Given(BUCKET, "results", {"bucket": UNKNOWN}),
        database("sales", UNKNOWN, made_of=["lake"]),
    )
    assert len(findings(RULE, *stack, lifecycle(UNKNOWN, EXPIRE, made_of=("lake",)))) == 1
    assert findings(RULE, *stack, lifecycle(UNKNOWN, EXPIRE, made_of=("results",))) == []


def test_what_cannot_be_told_is_no_violation() -> None:
    within = {"expiration": {"days": 1}, "filter": {"prefix": UNKNOWN}}
    assert findings(RULE, *LAKE, lifecycle("lake", within)) == []
    assert findings(RULE, *LAKE, lifecycle(UNKNOWN, EXPIRE)) == []
    assert findings(RULE, *LAKE, lifecycle("lake", {"expiration": {"days": 1}, "status": UNKNOWN})) == []
    assert findings(RULE, *LAKE, Given(CONFIGURATION, "l", {"bucket": "lake", "rules": UNKNOWN})) == []
    unknown_place = (bucket("lake"), database("sales", UNKNOWN, made_of=["lake"]))
    assert findings(RULE, *unknown_place, lifecycle("lake", {"expiration": {"days": 1}, "prefix": "tmp/"})) == []
    assert len(findings(RULE, *unknown_place, lifecycle("lake", EXPIRE))) == 1
