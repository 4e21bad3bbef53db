"""A real Hive Metastore: hive-standalone-metastore-server on Derby, its tables in the played S3."""

import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

from bootstrap.packages import PACKAGES
from sandbox.addresses import Aws
from sandbox.flink.home import flink_distribution
from sandbox.flink.java import JAVA_17
from sandbox.packages import flink_jars, java_home
from sandbox.ports import choose
from sandbox.processes import Process

_SERVER = PACKAGES / "metastore"
_LOCKS = Path(__file__).parent / "Locks.java"
_SECONDS = 120


class Metastore:
    """It runs, and `uri` is where, from the start of a `with` block to its end. `folder` takes its files."""

    def __init__(self, folder: Path, aws: Aws) -> None:
        (port,) = choose(1)
        self.uri = f"thrift://127.0.0.1:{port}"
        self._port = port
        self._folder = folder
        (folder / "metastore-site.xml").write_text(_site(folder, aws))
        # Hadoop, with its file system for S3: before all else, since it is to be of one version.
        hadoop = next((flink_jars() / "plugins" / "s3-fs-hadoop").glob("*.jar"))
        main = "org.apache.hadoop.hive.metastore.HiveMetaStore"
        self._process = self._java("Hive Metastore", [str(hadoop), f"{_SERVER}/*"], main, "-p", str(port))

    def __enter__(self) -> Self:
        try:
            self._make_lock_tables()
            self._process.start()
            self._wait()
        except BaseException:
            self._process.stop(grace_seconds=1)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.stop(grace_seconds=1)

    def _make_lock_tables(self) -> None:
        """With the image's classes of Hive 3, and the Derby that the metastore will open the database with."""
        lib = [f"{flink_distribution() / 'lib'}/*", f"{flink_jars() / 'lib'}/*"]
        derby = [str(jar) for jar in _SERVER.glob("derby-*.jar")]
        self._java("Tables of locks", [*lib, *derby], str(_LOCKS)).run(seconds=_SECONDS)

    def _java(self, name: str, classes: list[str], *what: str) -> Process:
        command = [java_home() / "bin" / "java", "-Xmx512m", "-XX:TieredStopAtLevel=1", *JAVA_17]
        classpath = ["-cp", ":".join([str(self._folder), *classes])]
        log = self._folder / f"{name.lower().replace(' ', '-')}.log"
        return Process(name, [*command, *classpath, *what], log=log, env={"PATH": "/usr/bin:/bin"}, cwd=self._folder)

    def _wait(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while not self._listens():
            assert self._process.alive and time.monotonic() < deadline, self._process.log.read_text()[-2000:]
            time.sleep(0.2)

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self._port)) == 0


def _site(folder: Path, aws: Aws) -> str:
    properties = {
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={folder}/db;create=true",
        "javax.jdo.option.ConnectionDriverName": "org.apache.derby.jdbc.EmbeddedDriver",
        "datanucleus.schema.autoCreateAll": "true",
        "metastore.schema.verification": "false",
        "metastore.thrift.bind.host": "127.0.0.1",
        "metastore.warehouse.dir": f"file://{folder}/warehouse",
        "metastore.expression.proxy": "org.apache.hadoop.hive.metastore.DefaultPartitionExpressionProxy",
        # Without a task of Hive itself, which is not here.
        "metastore.task.threads.always": "org.apache.hadoop.hive.metastore.events.EventCleanerTask",
        # It makes the folders of databases and tables itself, by the scheme that Iceberg's S3FileIO has.
        "fs.s3.impl": "org.apache.hadoop.fs.s3a.S3AFileSystem",
        "fs.s3a.endpoint": aws.endpoint,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.access.key": aws.access_key_id,
        "fs.s3a.secret.key": aws.secret_access_key,
    }
    listed = (
        f"<property><name>{name}</name><value>{escape(text)}</value></property>" for name, text in properties.items()
    )
    return f"<configuration>{''.join(listed)}</configuration>"
