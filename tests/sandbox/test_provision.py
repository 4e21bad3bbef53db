"""The program's AWS resources, made in the played AWS: they are there, with what the program gave them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client, start_aws
from sandbox.aws.provision import PlayedCloud
from sandbox.program import Here, Program, run_program
from tests.declared import PROJECT

PASSWORDS = {
    "sandbox/mysql": "correct-horse-mysql",
    "sandbox/mysql-writer": "writing-horse-mysql",
    "sandbox/postgres": "battery-staple-postgres",
    "sandbox/postgres-writer": "writing-staple-postgres",
}


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Aws, Program]]:
    with start_aws(region="eu-west-1") as running:
        secrets = aws_client(running.address, "secretsmanager")
        for name, password in PASSWORDS.items():
            value = {"host": "db", "port": 3306, "username": "reader", "password": password}
            secrets.create_secret(Name=name, SecretString=json.dumps(value))
        cloud = PlayedCloud(running.address)
        yield running.address, run_program(PROJECT, "sandbox", cloud, Here(aws_endpoint=running.address.endpoint))


def test_buckets_are_encrypted_with_the_lakes_key_and_that_of_the_logs_with_s3s(made: tuple[Aws, Program]) -> None:
    aws, program = made
    s3: Any = aws_client(aws, "s3")
    (key,) = [each for each in program.of_kind("Key") if each.name == "lake"]
    ours = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key.outputs["arn"]}
    for bucket in ("lake-warehouse", "lake-state", "lake-results", "lake-logs"):
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        default = rule["ApplyServerSideEncryptionByDefault"]
        assert default == ({"SSEAlgorithm": "AES256"} if bucket == "lake-logs" else ours)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_only_results_and_logs_expire(made: tuple[Aws, Program]) -> None:
    s3: Any = aws_client(made[0], "s3")
    expiries = {
        (bucket, rule["Filter"]["Prefix"]): rule["Expiration"]["Days"]
        for bucket in ("lake-warehouse", "lake-state", "lake-results", "lake-logs")
        for rule in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        if "Days" in rule.get("Expiration", {})
    }
    assert expiries == {
        ("lake-results", "analysts/"): 14,
        ("lake-results", "flink-lakehouse-sandbox-expectations/"): 7,
        ("lake-logs", ""): 90,
    }


def test_the_database_is_there_and_leaves_its_tables_to_iam(made: tuple[Aws, Program]) -> None:
    database: Any = aws_client(made[0], "glue").get_database(Name="iceberg_orders")["Database"]
    assert database["LocationUri"] == "s3://lake-warehouse/iceberg_orders"
    (default,) = database["CreateTableDefaultPermissions"]
    assert default == {
        "Permissions": ["ALL"],
        "Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"},
    }


def test_the_catalogue_lies_encrypted_among_the_results(made: tuple[Aws, Program]) -> None:
    aws, program = made
    (key,) = [each for each in program.of_kind("Key") if each.name == "lake"]
    found: Any = aws_client(aws, "s3").get_object(Bucket="lake-results", Key="catalogue.html")
    assert found["ContentType"] == "text/html; charset=utf-8"
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", key.outputs["arn"])
    text = found["Body"].read().decode()
    assert "iceberg_orders.enriched_orders_lake" in text
    assert "console.aws" not in text


def test_the_team_has_its_workgroup_with_queries_and_its_role(made: tuple[Aws, Program]) -> None:
    aws, _ = made
    athena = aws_client(aws, "athena")
    workgroup = athena.get_work_group(WorkGroup="analysts")["WorkGroup"]
    configuration = workgroup.get("Configuration", {})
    assert configuration.get("EnforceWorkGroupConfiguration") is True
    assert configuration.get("ResultConfiguration", {}).get("OutputLocation") == "s3://lake-results/analysts/"
    saved = [
        athena.get_named_query(NamedQueryId=id_)["NamedQuery"]
        for id_ in athena.list_named_queries(WorkGroup="analysts")["NamedQueryIds"]
    ]
    assert sorted(query["Name"] for query in saved) == [
        f"{title}: enriched_orders_lake" for title in ("freshness", "history", "select", "time travel")
    ]
    policy = aws_client(aws, "iam").get_role_policy(RoleName="lakehouse-analysts", PolicyName="lakehouse-analysts")
    assert "workgroup/analysts" in str(policy["PolicyDocument"])


def test_the_job_has_its_role_and_policy(made: tuple[Aws, Program]) -> None:
    aws, _ = made
    policy = aws_client(aws, "iam").get_role_policy(RoleName="enriched-orders", PolicyName="enriched-orders")
    assert "iceberg_orders/enriched_orders_lake" in str(policy["PolicyDocument"])


def test_what_is_real_is_told_from_what_is_declared_only(made: tuple[Aws, Program]) -> None:
    _, program = made
    kinds = {real: {each.kind for each in program.resources if each.real is real} for real in (True, False)}
    assert {
        "Bucket", "CatalogDatabase", "ConfigMap", "ExternalSecret", "FlinkDeployment", "NamedQuery", "Workgroup",
    } <= kinds[True]  # fmt: skip
    assert {"BucketLogging", "BucketPolicy", "LfTag", "OptIn", "Permissions"} <= kinds[False]
    assert {"Image", "Namespace", "PodIdentityAssociation", "Repository", "ServiceAccount"} <= kinds[False]


def test_no_secret_value_is_ever_in_pulumi(made: tuple[Aws, Program]) -> None:
    _, program = made
    state = json.dumps(
        [[dict(each.inputs), dict(each.outputs)] for each in program.resources] + [program.outputs], default=str
    )
    # The entries are named, so that this would see what is in them.
    assert all(name in state for name in ("sandbox/mysql", "sandbox/postgres"))
    assert not [password for password in PASSWORDS.values() if password in state]
