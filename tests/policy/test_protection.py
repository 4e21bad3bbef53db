from typing import Any

import pytest

from policy import kafka
from tests.policy.given import UNKNOWN, Given, bucket, database, findings, job

RULE = "unprotected-production-state"
KEY_ARN = "arn:aws:kms:eu-west-1:1:key/lake"


def encryption(key: Any = KEY_ARN, made_of: tuple[str, ...] = ()) -> Given:
    return Given(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "lake-encryption",
        {"bucket": "lake", "rules": [{"applyServerSideEncryptionByDefault": {"kmsMasterKeyId": key}}]},
        made_of={"rules": made_of} if made_of else {},
    )


def key(arn: Any = KEY_ARN, *, protect: bool = True, name: str = "lake-key") -> Given:
    return Given("aws:kms/key:Key", name, {"policy": UNKNOWN}, protect, outputs={"arn": arn, "keyId": UNKNOWN})


def cluster(*, protect: bool = True, key: str | None = None) -> Given:
    secrets = {"provider": {"keyArn": key}, "resources": ["secrets"]}
    return Given("aws:eks/cluster:Cluster", "cluster", {"encryptionConfig": secrets}, protect)


def stack(environment: str | None = "production", *, protect: bool = True) -> tuple[Given, ...]:
    return (
        job(environment=environment, protect=protect),
        bucket("lake", protect=protect),
        bucket("state", protect=protect),
        database("sales", "s3://lake/sales", protect=protect),
        encryption(),
        key(protect=protect),
        cluster(protect=protect),
    )


def test_a_protected_production_stack_passes() -> None:
    assert findings(RULE, *stack()) == []


def test_all_that_a_production_stack_cannot_lose_is_found_unprotected() -> None:
    messages = findings(RULE, *stack(protect=False))
    found = sorted(message.split("is not protected")[0].strip() for message in messages)
    assert found == [
        "The production CatalogDatabase catalog-sales",
        "The production Cluster cluster",
        "The production Key lake-key",
        "The production bucket lake",
        "The production bucket state",
        "The production job orders",
    ]
    assert all("protect=True" in message for message in messages)


def test_a_disposable_stack_protects_nothing() -> None:
    assert findings(RULE, *stack("disposable", protect=False)) == []


def test_one_production_job_makes_production_of_the_stack() -> None:
    other = job("other", environment="disposable", protect=False)
    messages = findings(RULE, other, *stack(protect=False))
    assert len(messages) == 6
    assert not any("job other" in message for message in messages)


def test_a_stack_without_jobs_is_production() -> None:
    assert len(findings(RULE, bucket("lake", protect=False))) == 1


def test_whether_a_stack_is_production_shows_before_its_cluster_exists() -> None:
    disposable = job(environment="disposable", protect=False, outputs={})
    assert findings(RULE, disposable, bucket("lake", protect=False)) == []
    assert len(findings(RULE, job(protect=False, outputs={}))) == 1


def test_a_bucket_whose_content_may_go_says_so_by_force_destroy() -> None:
    assert findings(RULE, *stack(), bucket("results", protect=False, forceDestroy=True)) == []
    assert len(findings(RULE, *stack(), bucket("results", protect=False))) == 1
    assert len(findings(RULE, *stack(), bucket("results", protect=False, forceDestroy=None))) == 1
    assert findings(RULE, *stack(), bucket("results", protect=False, forceDestroy=UNKNOWN)) == []


@pytest.mark.parametrize("protect", [True, False])
def test_a_bucket_with_tables_or_state_may_not(protect: bool) -> None:
    for name in ("lake", "state"):
        others = [given for given in stack() if given.name != name]
        (message,) = findings(RULE, *others, bucket(name, protect=protect, forceDestroy=True))
        assert f"bucket {name}, where" in message
        assert "has forceDestroy" in message


def test_keys_of_other_things_are_not_state() -> None:
    assert findings(RULE, *stack(), key("arn:aws:kms:eu-west-1:1:key/topic", protect=False, name="topic")) == []


def test_the_key_of_the_clusters_secrets_is_one_of_data() -> None:
    secrets = "arn:aws:kms:eu-west-1:1:key/secrets"
    (message,) = findings(RULE, job(), cluster(key=secrets), key(secrets, protect=False, name="secrets"))
    assert "Key secrets" in message


def test_records_in_kafka_and_the_key_of_its_disks_are_kept() -> None:
    disks = "arn:aws:kms:eu-west-1:1:key/disks"
    for protect in (True, False):
        brokers = Given(kafka.CLUSTER, "streams", {"encryptionInfo": {"encryptionAtRestKmsKeyArn": disks}}, protect)
        topic = Given(kafka.TOPIC, "streams-weborders", {"name": "weborders"}, protect)
        messages = findings(RULE, job(), brokers, topic, key(disks, protect=protect, name="streams"))
        found = sorted(message.split(" is not protected")[0] for message in messages)
        lost = ["Cluster streams", "Key streams", "Topic streams-weborders"]
        assert found == ([] if protect else [f"The production {each}" for each in lost])


def test_where_the_key_is_unknown_dependencies_tell_it() -> None:
    unknown = (job(), encryption(UNKNOWN, made_of=("lake-key",)), key(UNKNOWN, protect=False))
    assert len(findings(RULE, *unknown)) == 1
    assert findings(RULE, job(), encryption(UNKNOWN), key(UNKNOWN, protect=False)) == []


def test_where_the_environment_is_unknown_nothing_is_said() -> None:
    assert findings(RULE, *stack(UNKNOWN, protect=False)) == []
