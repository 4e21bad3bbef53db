"""Catalogs beside the lake's: what Flink is told of each kind, and what no file may say."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from infra.catalog_store import catalog_files
from infra.further_catalogs import catalogs_of, places, secret_data
from infra.job_identity import job_policy
from infra.jobs import load_jobs
from infra.settings import Settings
from tests.declared import settings
from tests.infra.test_jobs import refused, write_job

HIVE = {"type": "hive", "uri": "thrift://a:9083,thrift://b:9083", "warehouse": "s3://onprem/tables"}
REST = {"type": "rest", "uri": "https://catalog.example.com", "warehouse": "sales", "secret": "prod/catalog"}
JDBC = {"type": "jdbc", "secret": "prod/catalog", "database": "iceberg", "warehouse": "s3://onprem"}


def stack(**catalogs: Any) -> Settings:
    return settings(catalogs=catalogs)


def store(folder: Path, catalog: dict[str, Any], endpoint: str | None = None) -> dict[str, str]:
    write_job(folder, catalogs=["onprem"])
    chosen = stack(onprem=catalog)
    (job,) = load_jobs(folder, chosen)
    files = catalog_files(job, warehouse="lake", region="eu-west-1", endpoint=endpoint, catalogs=chosen.catalogs)
    assert set(files) == {"lake.yaml", "onprem.yaml"}
    return yaml.safe_load(files["onprem.yaml"])


def test_a_metastore(tmp_path: Path) -> None:
    assert store(tmp_path, HIVE) == {
        "type": "iceberg",
        "catalog-type": "hive",
        "uri": "thrift://a:9083,thrift://b:9083",
        "warehouse": "s3://onprem/tables",
        "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
        "client.region": "eu-west-1",
    }


def test_a_server_by_rest_is_told_its_credential_by_the_name_of_a_variable(tmp_path: Path) -> None:
    found = store(tmp_path, REST)
    assert found["credential"] == "env:CATALOG_ONPREM_CREDENTIAL"
    assert (found["catalog-type"], found["warehouse"]) == ("rest", "sales")


def test_a_database_is_logged_in_to_by_variables_and_by_no_value(tmp_path: Path) -> None:
    found = store(tmp_path, JDBC)
    assert found["uri"] == "jdbc:postgresql://${CATALOG_ONPREM_HOST}:${CATALOG_ONPREM_PORT}/iceberg"
    assert found["jdbc.password"] == "${CATALOG_ONPREM_PASSWORD}"
    assert found["catalog-impl"] == "lakehouse.catalogs.JdbcCatalog"


def test_where_aws_is_played_so_is_its_store(tmp_path: Path) -> None:
    assert store(tmp_path, JDBC, "http://127.0.0.1:5000")["s3.endpoint"] == "http://127.0.0.1:5000"


def test_what_a_stack_says_of_a_catalog_goes_over_what_is_derived(tmp_path: Path) -> None:
    found = store(tmp_path, HIVE | {"properties": {"s3.endpoint": "https://minio.example.com"}}, "http://played")
    assert found["s3.endpoint"] == "https://minio.example.com"


def test_a_job_has_the_catalogs_that_it_names_and_no_other(tmp_path: Path) -> None:
    write_job(tmp_path, catalogs=["first"])
    chosen = stack(first=JDBC, second=REST)
    (job,) = load_jobs(tmp_path, chosen)
    own = catalogs_of(job, chosen.catalogs)
    assert set(own) == {"first"}
    assert {entry["secretKey"] for entry in secret_data(own)} == {
        f"CATALOG_FIRST_{key}" for key in ("HOST", "PORT", "USERNAME", "PASSWORD")
    }


def test_its_role_reaches_the_tables_of_its_catalogs(tmp_path: Path) -> None:
    write_job(tmp_path, catalogs=["whole", "part", "named"])
    chosen = stack(whole=JDBC, part=HIVE, named=REST)
    (job,) = load_jobs(tmp_path, chosen)
    found = places(catalogs_of(job, chosen.catalogs))
    assert found == ["onprem", "onprem/tables"]
    policy = job_policy(
        job,
        stack="test",
        warehouse="arn:aws:s3:::lake",
        state="arn:aws:s3:::state",
        files=None,
        kms_key="arn:key",
        glue="arn:glue",
        kafka={},
        catalog_places=found,
    )
    statements = {tuple(each["Resource"]): each for each in policy["Statement"]}
    assert ("arn:aws:s3:::onprem/*",) in statements
    assert ("arn:aws:s3:::onprem/tables/*",) in statements
    assert len({each["Sid"] for each in policy["Statement"]}) == len(policy["Statement"])


def test_a_catalog_that_the_stack_has_not_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write_job(tmp_path, catalogs=["onpremises"])
    said = refused(tmp_path, catalogs={"onprem": JDBC})
    assert "catalogs[0]: the stack file has no catalog 'onpremises'; did you mean 'onprem'?" in said


@pytest.mark.parametrize(
    ("name", "catalog", "said"),
    [
        ("lake", JDBC, "it is the stack's own catalog"),
        ("default_catalog", JDBC, "it is Flink's own"),
        ("onprem", HIVE | {"uri": "http://a"}, "is not a metastore like 'thrift://host:9083'"),
        ("onprem", HIVE | {"warehouse": "hdfs://a/b"}, "is not a place like 's3://bucket/prefix'"),
        ("onprem", JDBC | {"properties": {"jdbc.password": "p"}}, "'jdbc.password' is a secret"),
        ("onprem", JDBC | {"properties": {"s3.secret-access-key": "p"}}, "is a secret"),
        ("onprem", JDBC | {"properties": {"a": 'b"'}}, "has a quote"),
    ],
)
def test_what_cannot_be_is_refused(name: str, catalog: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        stack(**{name: catalog})
