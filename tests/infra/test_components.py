"""Each component by itself, without the program around it."""

import json

from infra.bucket import Bucket, expire_noncurrent
from infra.catalog import Catalog
from infra.cluster import JobNamespace
from infra.lake import Lake
from infra.query import Query
from infra.settings import LakeSettings
from tests.declared import deploy, settings

BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"


def test_a_bucket_is_private_encrypted_versioned_and_speaks_tls_only() -> None:
    cloud = deploy(lambda: Bucket("b", kms_key_arn="arn:key", lifecycle_rules=[expire_noncurrent(7)], disposable=False))
    blocked = cloud.inputs("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "b")
    assert [value for key, value in blocked.items() if key != "bucket"] == [True] * 4
    (rule,) = cloud.inputs(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "b"
    )["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": "arn:key"}
    versioning = cloud.inputs("aws:s3/bucketVersioning:BucketVersioning", "b")
    assert versioning["versioningConfiguration"] == {"status": "Enabled"}
    policy = json.loads(cloud.inputs("aws:s3/bucketPolicy:BucketPolicy", "b")["policy"])
    assert policy["Statement"] == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def lake(**given: object) -> Lake:
    return Lake("lake", LakeSettings.model_validate(given), account_id="1", partition="aws", results_days=14)


def test_live_objects_of_the_warehouse_and_of_job_state_never_expire() -> None:
    cloud = deploy(lake)
    for bucket in ("lake-warehouse", "lake-state"):
        assert not any("expiration" in rule for rule in cloud.inputs(LIFECYCLE, bucket)["rules"])
    results = cloud.inputs(LIFECYCLE, "lake-results")["rules"]
    assert [rule["expiration"] for rule in results if "expiration" in rule] == [{"days": 14}]


def test_only_a_disposable_lake_can_be_destroyed_with_its_data() -> None:
    for disposable in (False, True):
        cloud = deploy(lambda disposable=disposable: lake(disposable=disposable))
        assert {cloud.inputs(BUCKET, name)["forceDestroy"] for name in cloud.names(BUCKET)} == {disposable}


def test_the_key_rotates_and_the_account_keeps_its_say() -> None:
    key = deploy(lake).inputs("aws:kms/key:Key", "lake")
    assert key["enableKeyRotation"] is True
    assert json.loads(key["policy"])["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::1:root"}


def test_databases_lie_in_the_warehouse_by_their_name_in_glue() -> None:
    cloud = deploy(lambda: Catalog("catalog", settings().databases, warehouse="lake"))
    database = cloud.inputs("aws:glue/catalogDatabase:CatalogDatabase", "catalog-orders")
    assert (database["name"], database["locationUri"]) == ("iceberg_orders", "s3://lake/iceberg_orders")


def test_no_client_can_override_the_workgroup() -> None:
    cloud = deploy(
        lambda: Query("query", settings().query, results_bucket="results", kms_key_arn="arn:key", disposable=False)
    )
    configuration = cloud.inputs("aws:athena/workgroup:Workgroup", "query-analysts")["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["engineVersion"] == {"selectedEngineVersion": "Athena engine version 3"}
    assert configuration["bytesScannedCutoffPerQuery"] == 100 * 1024**3
    assert configuration["resultConfiguration"] == {
        "outputLocation": "s3://results/analysts/",
        "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": "arn:key"},
    }


def test_the_namespace_takes_restricted_pods_only() -> None:
    cloud = deploy(lambda: JobNamespace("jobs", settings().cluster))
    metadata = cloud.inputs("kubernetes:core/v1:Namespace", "jobs")["metadata"]
    assert metadata == {"name": "flink", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}
