"""Every connector and format of docs/connectors.md, as SQL names it: found in the image, its options known to it."""

from pathlib import Path

import pytest

from infra.kafka import SECURITY
from sandbox.packages import flink_jars
from tests.flink.image import Answer, plan, run

_KEY = "id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED"
_SINK = "CREATE TEMPORARY TABLE target (id INT, name STRING) WITH ('connector' = 'blackhole')"
_ROWS = "CREATE TEMPORARY TABLE origin (id INT, name STRING) WITH ('connector' = 'datagen')"
_LOGIN = "'username' = 'u', 'password' = 'p'"

_KAFKA = "'connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:9092'"
_FILES = "'connector' = 'filesystem', 'path' = 's3://b/p'"
_LETTERS = "id INT, name STRING, malformed_value BYTES, malformed_reason STRING"


def _source(options: str, columns: str = _KEY) -> list[str]:
    made = f"CREATE TEMPORARY TABLE origin ({columns}) WITH ({options})"
    return [made, _SINK, "INSERT INTO target SELECT id, name FROM origin"]


def _sink(options: str, columns: str = _KEY) -> list[str]:
    made = f"CREATE TEMPORARY TABLE target ({columns}) WITH ({options})"
    return [_ROWS, made, "INSERT INTO target SELECT id, name FROM origin"]


def _database(connector: str, port: int, more: str) -> str:
    return f"'connector' = '{connector}', 'hostname' = 'h', 'port' = '{port}', {_LOGIN}, {more}"


def _jdbc(url: str) -> str:
    return f"'connector' = 'jdbc', 'url' = 'jdbc:{url}', 'table-name' = 't', {_LOGIN}"


_KNOWN = {
    "mysql-cdc": _source(_database("mysql-cdc", 3306, "'database-name' = 'd', 'table-name' = 't'")),
    "postgres-cdc": _source(
        _database(
            "postgres-cdc",
            5432,
            "'database-name' = 'd', 'schema-name' = 's', 'table-name' = 't', 'slot.name' = 's', "
            "'decoding.plugin.name' = 'pgoutput'",
        )
    ),
    "sqlserver-cdc": _source(_database("sqlserver-cdc", 1433, "'database-name' = 'd', 'table-name' = 'dbo.t'")),
    "oracle-cdc": _source(
        _database("oracle-cdc", 1521, "'database-name' = 'd', 'schema-name' = 's', 'table-name' = 't'")
    ),
    **{
        f"jdbc-{name}-{kind}": make(_jdbc(url))
        for name, url in {
            "mysql": "mysql://h/d",
            "postgres": "postgresql://h/d",
            "sqlserver": "sqlserver://h;databaseName=d",
            "oracle": "oracle:thin:@//h:1521/d",
        }.items()
        for kind, make in {"source": _source, "sink": _sink}.items()
    },
    **{
        f"kafka-{name}": _source(f"{_KAFKA}, 'scan.startup.mode' = 'earliest-offset', {options}", columns)
        for name, (options, columns) in {
            "json": ("'format' = 'json'", "id INT, name STRING"),
            "csv": ("'format' = 'csv'", "id INT, name STRING"),
            "avro": ("'format' = 'avro'", "id INT, name STRING"),
            "avro-confluent": (
                "'format' = 'avro-confluent', 'avro-confluent.url' = 'http://h'",
                "id INT, name STRING",
            ),
            "debezium-avro-confluent": (
                "'format' = 'debezium-avro-confluent', 'debezium-avro-confluent.url' = 'http://h'",
                "id INT, name STRING",
            ),
            "dead-letter": (
                "'value.format' = 'dead-letter', 'value.dead-letter.format' = 'avro-confluent', "
                "'value.dead-letter.avro-confluent.url' = 'http://h'",
                _LETTERS,
            ),
        }.items()
    },
    "kafka-sink": _sink(f"{_KAFKA}, 'format' = 'json', 'sink.delivery-guarantee' = 'exactly-once', "
                        "'sink.transactional-id-prefix' = 'x'", "id INT, name STRING"),
    "upsert-kafka": _sink(
        "'connector' = 'upsert-kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'h:9092', "
        "'key.format' = 'json', 'value.format' = 'json'"
    ),
    **{
        f"files-{name}": _sink(f"{_FILES}, 'format' = '{name}'", "id INT, name STRING")
        for name in ("json", "csv-lines", "avro", "parquet")
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    """One JVM for all."""
    return plan({**_KNOWN, **{name: script for name, (script, _) in _UNKNOWN.items()}}, tmp_path_factory.mktemp("sql"))


@pytest.mark.parametrize("name", _KNOWN)
def test_flink_plans_a_table_of_it(answers: dict[str, Answer], name: str) -> None:
    assert answers[name].error == ""
    assert "Physical" in answers[name].plan


_UNKNOWN = {
    "misspelt-connector": (_source("'connector' = 'kafak'"), "Could not find any factory for identifier 'kafak'"),
    "misspelt-format": (
        _source(f"{_KAFKA}, 'format' = 'avro-confluence'"),
        "Could not find any factory for identifier 'avro-confluence'",
    ),
    "misspelt-option": (_source(f"{_KAFKA}, 'format' = 'json', 'topik' = 't'", "id INT, name STRING"), "topik"),
    "misspelt-option-of-dead-letter": (
        _source(f"{_KAFKA}, 'format' = 'dead-letter', 'dead-letter.format' = 'json', "
                "'dead-letter.value-colum' = 'v'", _LETTERS),
        "dead-letter.value-colum",
    ),
    "misspelt-option-of-what-is-wrapped": (
        _source(f"{_KAFKA}, 'format' = 'dead-letter', 'dead-letter.format' = 'json', "
                "'dead-letter.json.fail' = 'true'", _LETTERS),
        "Unsupported options found for 'dead-letter.json'",
    ),
    # As far as an address that nobody listens at: all that the client consists of is there.
    "hive-metastore-that-is-down": (
        [
            "CREATE CATALOG onprem WITH ('type' = 'iceberg', 'catalog-type' = 'hive', 'uri' = 'thrift://127.0.0.1:1')",
            "CREATE DATABASE onprem.d",
            "SELECT 1",
        ],
        "Connection refused",
    ),
    "parquet-for-reading": (
        _source(f"{_FILES}, 'format' = 'parquet'", "id INT, name STRING"),
        "parquet",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _UNKNOWN)
def test_what_nothing_here_knows_is_named(answers: dict[str, Answer], name: str) -> None:
    assert _UNKNOWN[name][1] in answers[name].error


@pytest.mark.parametrize("script", ["misspelt-connector", "misspelt-format"])
def test_a_script_with_an_unknown_name_ends_with_a_message_of_a_few_lines(tmp_path: Path, script: str) -> None:
    (tmp_path / "config.yaml").write_text("parallelism.default: 1\n")
    (tmp_path / "job.sql").write_text(";\n".join(_UNKNOWN[script][0]) + ";\n")
    letter = tmp_path / "termination-log"
    done = run(
        "lakehouse.sqlrunner.SqlRunner",
        tmp_path / "job.sql",
        environment={"FLINK_CONF_DIR": str(tmp_path), "TERMINATION_LOG": str(letter)},
        more=[flink_jars() / "usrlib" / "sql-runner.jar"],
    )
    assert done.returncode != 0
    said = letter.read_text()
    assert said.startswith("job.sql:3:1: ") and _UNKNOWN[script][1] in said
    assert len(said.splitlines()) <= 5


def test_the_login_of_msk_works_with_the_aws_clients_that_iceberg_brings() -> None:
    iam = SECURITY["iam"]
    account = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
    done = run(
        "MskLogin.java",
        iam["sasl-mechanism"],
        iam["sasl-jaas-config"],
        iam["sasl-callback-handler"],
        environment=account,
    )
    assert '"x-amz-signature"' in done.stdout, done.stderr
    assert "AKIAEXAMPLE/" in done.stdout and "/eu-west-1/kafka-cluster/aws4_request" in done.stdout
