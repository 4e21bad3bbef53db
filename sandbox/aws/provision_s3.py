"""Makes declared buckets real in the played S3, with all that is declared about them."""

from sandbox.aws.clients import Clients, Maker
from sandbox.cloud import Properties


def _bucket(clients: Clients, name: str, _: Properties) -> Properties:
    clients.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": clients.region})
    return {}


def _bucket_ownership(clients: Clients, _: str, inputs: Properties) -> Properties:
    rules = [{"ObjectOwnership": inputs["rule"]["objectOwnership"]}]
    clients.s3.put_bucket_ownership_controls(Bucket=inputs["bucket"], OwnershipControls={"Rules": rules})
    return {}


def _bucket_public_access(clients: Clients, _: str, inputs: Properties) -> Properties:
    blocked = {
        key[0].upper() + key[1:]: inputs[key]
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    }
    clients.s3.put_public_access_block(Bucket=inputs["bucket"], PublicAccessBlockConfiguration=blocked)
    return {}


def _bucket_encryption(clients: Clients, _: str, inputs: Properties) -> Properties:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": _encryption(rule["applyServerSideEncryptionByDefault"]),
            "BucketKeyEnabled": rule.get("bucketKeyEnabled", False),
        }
        for rule in inputs["rules"]
    ]
    clients.s3.put_bucket_encryption(Bucket=inputs["bucket"], ServerSideEncryptionConfiguration={"Rules": rules})
    return {}


def _bucket_versioning(clients: Clients, _: str, inputs: Properties) -> Properties:
    status = {"Status": inputs["versioningConfiguration"]["status"]}
    clients.s3.put_bucket_versioning(Bucket=inputs["bucket"], VersioningConfiguration=status)
    return {}


def _bucket_lifecycle(clients: Clients, _: str, inputs: Properties) -> Properties:
    rules = [_lifecycle_rule(rule) for rule in inputs["rules"]]
    clients.s3.put_bucket_lifecycle_configuration(Bucket=inputs["bucket"], LifecycleConfiguration={"Rules": rules})
    return {}


def _object(clients: Clients, _: str, inputs: Properties) -> Properties:
    clients.s3.put_object(
        Bucket=inputs["bucket"],
        Key=inputs["key"],
        Body=str(inputs["content"]).encode(),
        ContentType=inputs["contentType"],
        CacheControl=inputs["cacheControl"],
        ServerSideEncryption=inputs["serverSideEncryption"],
        SSEKMSKeyId=inputs["kmsKeyId"],
    )
    return {"id": inputs["key"]}


def _encryption(default: Properties) -> Properties:
    key = {"KMSMasterKeyID": default["kmsMasterKeyId"]} if "kmsMasterKeyId" in default else {}
    return {"SSEAlgorithm": default["sseAlgorithm"], **key}


def _lifecycle_rule(rule: Properties) -> Properties:
    made: Properties = {"ID": rule["id"], "Status": rule["status"], "Filter": {"Prefix": rule["filter"]["prefix"]}}
    if "expiration" in rule:
        made["Expiration"] = _expiration(rule["expiration"])
    if "transitions" in rule:
        made["Transitions"] = [
            {"Days": each["days"], "StorageClass": each["storageClass"]} for each in rule["transitions"]
        ]
    if "noncurrentVersionExpiration" in rule:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["noncurrentVersionExpiration"]["noncurrentDays"]}
    if "abortIncompleteMultipartUpload" in rule:
        days = rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"]
        made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": days}
    return made


def _expiration(given: Properties) -> Properties:
    if given.get("expiredObjectDeleteMarker"):
        return {"ExpiredObjectDeleteMarker": True}
    return {"Days": given["days"]}


S3_MAKERS: dict[str, Maker] = {
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _bucket_lifecycle,
    "aws:s3/bucketObjectv2:BucketObjectv2": _object,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _bucket_ownership,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _bucket_public_access,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _bucket_encryption,
    "aws:s3/bucketVersioning:BucketVersioning": _bucket_versioning,
}
"""Declared only are the bucket policies, since moto would enforce "TLS only" on its plain HTTP, and the access logs,
since it would write an object for each request."""
