"""Classes that two jars of lib/ have: harmless where both are the same, chance where they are not."""

import zipfile
from collections import defaultdict

from tests.flink.image import jars

_DIFFERING = {
    # Zstandard, which loads the native library of its own jar: Iceberg writes with the first one's.
    ("com/github/luben/zstd", ("flink-sql-avro-confluent-registry", "iceberg-flink-runtime-1.20")),
    # A class of Jackson's that lists dangerous types, in three builds of Flink CDC.
    (
        "org/apache/flink/cdc",
        tuple(f"flink-sql-connector-{name}-cdc" for name in ("mysql", "oracle", "postgres", "sqlserver")),
    ),
}


_DRIVERS = {
    "com/mysql/cj/jdbc/Driver": "mysql-connector-j",
    "org/postgresql/Driver": "flink-sql-connector-postgres-cdc",
    "com/microsoft/sqlserver/jdbc/SQLServerDriver": "flink-sql-connector-sqlserver-cdc",
    "oracle/jdbc/OracleDriver": "ojdbc11",
}
"""What the dialects of flink-connector-jdbc load when they connect, and the jar that has it."""


def test_each_database_has_one_driver() -> None:
    found: dict[str, list[str]] = {driver: [] for driver in _DRIVERS}
    for jar in jars():
        with zipfile.ZipFile(jar) as content:
            names = set(content.namelist())
        for driver in _DRIVERS:
            if f"{driver}.class" in names:
                found[driver].append(_artifact(jar.stem))
    assert found == {driver: [jar] for driver, jar in _DRIVERS.items()}


def _artifact(jar: str) -> str:
    return jar.rsplit("-", 1)[0]


def test_no_jar_hides_another_version_of_a_class() -> None:
    versions: dict[str, dict[str, int]] = defaultdict(dict)
    for jar in jars():
        with zipfile.ZipFile(jar) as content:
            for entry in content.infolist():
                name = entry.filename
                if name.endswith(".class") and not name.startswith("META-INF/") and name != "module-info.class":
                    versions[name][jar.stem] = entry.CRC
    differing = {
        ("/".join(name.split("/")[:4]), tuple(found))
        for name, found in versions.items()
        if len(set(found.values())) > 1
    }
    assert {(folder, tuple(_artifact(name) for name in names)) for folder, names in differing} == _DIFFERING
