"""The one-shot services, run as in their containers but on this machine, against real servers."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from compose.provision import provision
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client
from sandbox.databases import Database
from sandbox.ports import choose
from sandbox.sample.generator import generate
from sandbox.sample.sources import Sources, connect_mysql
from tests.compose.conftest import Rendered
from tests.declared import PROJECT
from tests.sandbox.test_databases import bring_up, new_mysql, new_postgres

JOB = "enriched-orders"


@pytest.fixture(scope="module")
def aws(rendered: Rendered, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The service `aws`, with the entries that were written."""
    (port,) = choose(1)
    log = tmp_path_factory.mktemp("aws") / "aws.log"
    entries = rendered(JOB) / ".compose" / "aws" / "entries.json"
    environment = {**os.environ, "ENTRIES": str(entries), "AWS_DEFAULT_REGION": "eu-west-1"}
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, PROJECT / "local" / "aws" / "gaps.py", "--port", str(port)],
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + 60
        while f"Running on http://127.0.0.1:{port}" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        yield Aws(f"http://127.0.0.1:{port}", "eu-west-1")
    finally:
        process.terminate()
        process.wait(timeout=20)


def test_what_the_program_declares_is_made_in_the_played_aws_once(rendered: Rendered, aws: Aws) -> None:
    file = rendered(JOB) / ".compose" / "aws" / "resources.json"
    command = [sys.executable, "-m", "compose.provision", aws.endpoint, aws.region, file]
    first, second = (
        subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert first == f"{len(json.loads(file.read_text()))} AWS resources of the program are new\n"
    assert second == "0 AWS resources of the program are new\n"
    s3 = aws_client(aws, "s3")
    assert {"lake-state", "lake-warehouse"} <= {bucket.get("Name") for bucket in s3.list_buckets()["Buckets"]}
    database = aws_client(aws, "glue").get_database(Name="iceberg_orders")["Database"]
    assert database.get("LocationUri") == "s3://lake-warehouse/iceberg_orders"
    (rule,) = s3.get_bucket_encryption(Bucket="lake-warehouse")["ServerSideEncryptionConfiguration"]["Rules"]
    used = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID", "")
    assert aws_client(aws, "kms").describe_key(KeyId=used)["KeyMetadata"].get("Arn") == used


def test_another_jobs_resources_are_added(rendered: Rendered, aws: Aws) -> None:
    for job in (JOB, "weborders-lake"):
        resources = json.loads((rendered(job) / ".compose" / "aws" / "resources.json").read_text())
        added = provision(aws, resources)
        assert added < len(resources)
    roles = {role["RoleName"] for role in aws_client(aws, "iam").list_roles()["Roles"]}
    assert {name for name in roles if "weborders-lake" in name}


def test_the_played_secrets_manager_has_what_jobs_log_in_with(aws: Aws) -> None:
    client = aws_client(aws, "secretsmanager")
    reader, writer = (
        json.loads(client.get_secret_value(SecretId=name)["SecretString"])
        for name in ("sandbox/mysql", "sandbox/mysql-writer")
    )
    assert (reader["host"], reader["port"], reader["username"]) == ("mysql", 3306, "cdc")
    assert (writer["username"], writer["password"] != reader["password"]) == ("writer", True)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    run = tmp_path_factory.mktemp("databases")
    mysql, postgres = new_mysql(run), new_postgres(run)
    try:
        for database in (mysql, postgres):
            bring_up(database)
        for name in ("erpdb", "operations"):
            mysql.create_database(name)
        postgres.create_database("shipdb")
        yield mysql, postgres
    finally:
        mysql.stop()
        postgres.stop()


def test_the_sample_is_loaded_once(rendered: Rendered, databases: tuple[Database, Database], tmp_path: Path) -> None:
    mysql, postgres = (database.admin for database in databases)
    sample = json.loads((rendered(JOB) / ".compose" / "databases" / "sample.json").read_text())
    assert (sample["logins"]["mysql"]["host"], sample["logins"]["postgres"]["host"]) == ("mysql", "postgres")
    sample["logins"] = {login.engine: vars(login) for login in (mysql, postgres)}
    file = tmp_path / "sample.json"
    file.write_text(json.dumps(sample))
    command = [sys.executable, "-m", "compose.fill", file]
    first, second = (
        subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout for _ in range(2)
    )
    assert first.startswith("20 orders, 200 products, ")
    assert second.startswith("left as it is: ")
    made = generate(20, seed=1)
    found = Sources.read(mysql, "erpdb", postgres, "shipdb")
    assert list(found.orders.values()) == list(made.orders)
    assert list(found.shipments.values()) == list(made.shipments)
    with closing(connect_mysql(mysql, "operations")) as connection, connection.cursor() as cursor:
        assert cursor.execute("SELECT * FROM enriched_orders") == 0
