"""A Hive Metastore as second catalog, with the image's own jars and by the files that the program makes of the stack's
settings."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bootstrap import packages
from infra.catalog_store import catalog_file, lake_options
from infra.further_catalogs import catalog_options
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client, start_aws
from sandbox.flink.home import flink_distribution
from sandbox.flink.java import JAVA_17
from sandbox.packages import flink_jars, java_home, sql_client_jars
from tests.declared import settings
from tests.hive.metastore import Metastore

# Each INSERT and SELECT is a Flink job of its own, which takes seconds: no more of them than there are commits to see.
SCRIPT = """\
SET 'sql-client.execution.result-mode' = 'tableau';
SET 'execution.runtime-mode' = 'batch';
SET 'table.dml-sync' = 'true';
CREATE DATABASE onprem.shop;
CREATE TABLE onprem.shop.customers (id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED)
  WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');
CREATE TABLE lake.orders.totals (customer INT, total INT);
EXECUTE STATEMENT SET BEGIN
INSERT INTO onprem.shop.customers VALUES (1, 'Ada'), (2, 'Grace');
INSERT INTO lake.orders.totals VALUES (1, 10), (2, 20);
END;
INSERT INTO onprem.shop.customers VALUES (2, 'Edsger'), (3, 'Barbara');
CREATE TABLE unlocked.shop.report (name STRING, total INT, snapshots BIGINT);
INSERT INTO unlocked.shop.report
  SELECT c.name, t.total, s.snapshots
  FROM onprem.shop.customers c LEFT JOIN lake.orders.totals t ON c.id = t.customer
  CROSS JOIN (SELECT COUNT(*) AS snapshots FROM onprem.shop.`customers$snapshots`) s;
SELECT * FROM onprem.shop.report;
SHOW CREATE TABLE onprem.shop.customers;
SHOW CREATE TABLE onprem.shop.report;
"""

pytestmark = pytest.mark.skipif(
    not packages.is_ready(packages.METASTORE), reason="no Hive Metastore: run 'make setup-metastore'"
)


@pytest.fixture
def aws() -> Iterator[Aws]:
    with start_aws() as played:
        for bucket in ("onprem", "lake"):
            aws_client(played.address, "s3").create_bucket(Bucket=bucket)
        aws_client(played.address, "glue").create_database(DatabaseInput={"Name": "orders"})
        yield played.address


def test_tables_of_a_metastore_are_made_written_and_joined_with_the_lakes(aws: Aws, tmp_path: Path) -> None:
    with Metastore(tmp_path, aws) as metastore:
        write_catalogs(tmp_path / "catalogs", metastore.uri, aws)
        said = sql_client(tmp_path, aws)
    assert rows(said) == [("Ada", "10", "2"), ("Barbara", "<NULL>", "2"), ("Edsger", "20", "2")]
    # Of the two tables in one metastore, that of the catalog with further properties alone does without locks.
    assert re.findall(r"CREATE TABLE `\w+`\.`shop`\.`(\w+)`|'engine.hive.lock-enabled' = '(\w+)'", said) == [
        ("customers", ""),
        ("report", ""),
        ("", "false"),
    ]
    files = aws_client(aws, "s3").list_objects_v2(Bucket="onprem").get("Contents", [])
    folders = {"/".join(file.get("Key", "").split("/")[:4]) for file in files}
    assert {"tables/shop.db/customers/data", "tables/shop.db/customers/metadata"} <= folders


def write_catalogs(store: Path, uri: str, aws: Aws) -> None:
    onprem = {"type": "hive", "uri": uri, "warehouse": "s3://onprem/tables"}
    without_locks = {"table-default.engine.hive.lock-enabled": "false"}
    stack = settings(catalogs={"onprem": onprem, "unlocked": onprem | {"properties": without_locks}})
    options = {
        name: catalog_options(name, catalog, region=aws.region, endpoint=aws.endpoint)
        for name, catalog in stack.catalogs.items()
    }
    options["lake"] = lake_options("orders", warehouse="lake", region=aws.region, endpoint=aws.endpoint)
    store.mkdir()
    for name, each in options.items():
        (store / f"{name}.yaml").write_text(catalog_file(each))


def sql_client(folder: Path, aws: Aws) -> str:
    configuration = {
        "table.catalog-store.kind": "file",
        "table.catalog-store.file.path": str(folder / "catalogs"),
        "execution.target": "local",
        "parallelism.default": 1,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(configuration))
    (folder / "script.sql").write_text(SCRIPT)
    jars = [f"{home / 'lib'}/*" for home in (flink_distribution(), flink_jars())]
    classes = ":".join([*jars, f"{flink_distribution() / 'opt'}/*", *map(str, sql_client_jars())])
    client = subprocess.run(
        [
            *[java_home() / "bin" / "java", "-Xmx1g", "-XX:TieredStopAtLevel=1", *JAVA_17, "-cp", classes],
            *["org.apache.flink.table.client.SqlClient", "embedded", "-f", folder / "script.sql"],
        ],
        env={"FLINK_CONF_DIR": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder), **aws.environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert client.returncode == 0 and "[ERROR]" not in client.stdout, client.stdout + client.stderr[-3000:]
    return client.stdout


def rows(said: str) -> list[tuple[str, ...]]:
    """Those of the one query that has three columns, in the order of their text."""
    found = re.findall(r"^\| +(\S+) \| +(\S+) \| +(\S+) \|$", said, re.MULTILINE)
    return sorted(row for row in found if row[0] != "name")
