"""The program's AWS resources, made in the played AWS: they are there, with what the program gave them."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client, start_aws
from sandbox.aws.provision import PlayedCloud
from sandbox.program import Program, run_program
from tests.declared import PROJECT


@pytest.fixture(scope="module")
def made() -> Iterator[tuple[Aws, Program]]:
    with start_aws(region="eu-west-1") as running:
        secrets = aws_client(running.address, "secretsmanager")
        for name in ("sandbox/mysql", "sandbox/postgres"):
            secrets.create_secret(Name=name, SecretString="{}")
        cloud = PlayedCloud(running.address)
        yield running.address, run_program(PROJECT, "sandbox", cloud, aws_endpoint=running.address.endpoint)


def test_buckets_are_encrypted_with_the_lakes_key(made: tuple[Aws, Program]) -> None:
    aws, program = made
    s3: Any = aws_client(aws, "s3")
    (key,) = program.of_kind("Key")
    for bucket in ("lake-warehouse", "lake-state", "lake-results"):
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key.outputs["arn"]
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_the_database_and_the_workgroup_are_there(made: tuple[Aws, Program]) -> None:
    aws, _ = made
    database = aws_client(aws, "glue").get_database(Name="iceberg_orders")["Database"]
    assert database.get("LocationUri") == "s3://lake-warehouse/iceberg_orders"
    workgroup = aws_client(aws, "athena").get_work_group(WorkGroup="analysts")["WorkGroup"]
    assert workgroup.get("Configuration", {}).get("EnforceWorkGroupConfiguration") is True


def test_the_job_has_its_role_and_policy(made: tuple[Aws, Program]) -> None:
    aws, _ = made
    policy = aws_client(aws, "iam").get_role_policy(RoleName="enriched-orders", PolicyName="enriched-orders")
    assert "iceberg_orders/enriched_orders_lake" in str(policy["PolicyDocument"])


def test_what_is_real_is_told_from_what_is_declared_only(made: tuple[Aws, Program]) -> None:
    _, program = made
    kinds = {real: {each.kind for each in program.resources if each.real is real} for real in (True, False)}
    assert {"Bucket", "CatalogDatabase", "ConfigMap", "ExternalSecret", "FlinkDeployment", "Workgroup"} <= kinds[True]
    assert {"Image", "Namespace", "PodIdentityAssociation", "Repository", "ServiceAccount"} <= kinds[False]
