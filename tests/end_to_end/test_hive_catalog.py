"""A Hive Metastore as second catalog, by the file that the program makes of the stack's settings. Needs its jars:
`mvn -f tests/hive/pom.xml package`; skips, visibly, without them."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from infra.catalog_store import catalog_file
from infra.further_catalogs import catalog_options
from sandbox.flink.home import flink_distribution
from sandbox.packages import flink_jars, java_home, sql_client_jars
from sandbox.ports import choose
from sandbox.processes import Process
from tests.declared import PROJECT, settings

JARS = PROJECT / "tests" / "hive" / "target"
OPENED = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in ("lang", "lang.reflect", "util", "net")]
SCRIPT = """\
SET 'sql-client.execution.result-mode' = 'tableau';
SET 'execution.runtime-mode' = 'batch';
SET 'table.dml-sync' = 'true';
CREATE DATABASE onprem.shop;
CREATE TABLE onprem.shop.orders (order_id INT, customer STRING);
INSERT INTO onprem.shop.orders VALUES (1, 'Ada'), (2, 'Grace');
INSERT INTO onprem.shop.orders VALUES (3, 'Edsger');
SELECT COUNT(*) AS n, MAX(customer) AS last FROM onprem.shop.orders;
SELECT COUNT(*) AS snapshots FROM onprem.shop.`orders$snapshots`;
"""

pytestmark = pytest.mark.skipif(not JARS.exists(), reason="no metastore: mvn -f tests/hive/pom.xml package")


class Metastore:
    """hive-standalone-metastore on Derby."""

    def __init__(self, folder: Path) -> None:
        (self.port,) = choose(1)
        self._folder = folder
        self._log = folder / "metastore.log"
        self._classes = f"{folder}:{JARS / 'server'}/*"
        properties = {
            "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/db;create=true",
            "javax.jdo.option.ConnectionDriverName": "org.apache.derby.jdbc.EmbeddedDriver",
            "datanucleus.schema.autoCreateAll": "true",
            "metastore.schema.verification": "false",
            "metastore.expression.proxy": "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy",
            # Without a task of Hive itself, which is not here.
            "metastore.task.threads.always": "org.apache.hadoop.hive.metastore.events.EventCleanerTask",
            "metastore.warehouse.dir": f"file://{folder}/warehouse",
        }
        listed = "".join(f"<property><name>{k}</name><value>{v}</value></property>" for k, v in properties.items())
        (folder / "metastore-site.xml").write_text(f"<configuration>{listed}</configuration>")
        main = "org.apache.hadoop.hive.metastore.HiveMetaStore"
        self.process = self._java("Hive Metastore", main, "-p", str(self.port))

    def start(self) -> None:
        self._java("Tables of locks", str(PROJECT / "tests" / "hive" / "Locks.java")).run(seconds=120)
        self.process.start()
        deadline = time.monotonic() + 90
        while not self._listens():
            assert self.process.alive and time.monotonic() < deadline, self._log.read_text()[-2000:]
            time.sleep(0.5)

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def _java(self, name: str, *what: str) -> Process:
        java = java_home() / "bin" / "java"
        command = [str(java), "-Xmx512m", *OPENED, "-cp", self._classes, *what]
        return Process(name, command, log=self._log, env={"PATH": "/usr/bin:/bin"}, cwd=self._folder)


@pytest.fixture
def metastore(tmp_path: Path) -> Iterator[Metastore]:
    metastore = Metastore(tmp_path)
    try:
        metastore.start()
        yield metastore
    finally:
        metastore.process.stop(grace_seconds=1)


def test_tables_are_made_written_and_read_through_a_metastore(metastore: Metastore, tmp_path: Path) -> None:
    # A metastore makes a table's folder itself; one with S3 has Hadoop's classes for it, and this one has not.
    elsewhere = {"warehouse": f"file://{tmp_path}/tables", "io-impl": "org.apache.iceberg.hadoop.HadoopFileIO"}
    uri = f"thrift://127.0.0.1:{metastore.port}"
    hive = {"type": "hive", "uri": uri, "warehouse": "s3://onprem", "properties": elsewhere}
    catalog = settings(catalogs={"onprem": hive}).catalogs["onprem"]
    store, script = tmp_path / "catalogs", tmp_path / "script.sql"
    store.mkdir()
    options = catalog_options("onprem", catalog, region="eu-west-1", endpoint=None)
    (store / "onprem.yaml").write_text(catalog_file(options))
    script.write_text(SCRIPT)
    configuration = {"table.catalog-store.kind": "file", "table.catalog-store.file.path": str(store)}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({**configuration, "execution.target": "local"}))
    said = sql_client(tmp_path, script)
    assert re.search(r"\| +3 \| +Grace \|", said), said
    assert re.search(r"\| +2 \|", said), said


def sql_client(conf: Path, script: Path) -> str:
    lib = [f"{flink_distribution() / 'lib'}/*", f"{flink_jars() / 'lib'}/*", f"{JARS / 'client'}/*"]
    classes = ":".join([*lib, f"{flink_distribution() / 'opt'}/*", *map(str, sql_client_jars())])
    client = subprocess.run(
        [
            *[str(java_home() / "bin" / "java"), "-Xmx1g", *OPENED, "--add-opens=java.base/java.nio=ALL-UNNAMED"],
            *["-cp", classes, "org.apache.flink.table.client.SqlClient", "embedded", "-f", str(script)],
        ],
        env={"FLINK_CONF_DIR": str(conf), "PATH": "/usr/bin:/bin", "HOME": str(conf), "AWS_REGION": "eu-west-1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert client.returncode == 0 and "[ERROR]" not in client.stdout, client.stdout + client.stderr[-3000:]
    return client.stdout
