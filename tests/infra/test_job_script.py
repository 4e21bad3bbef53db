from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from infra.job_script import Column, columns
from infra.jobs import Job, load_jobs
from tests.declared import PROJECT, settings
from tests.infra.test_jobs import write_job

TABLE = "CREATE TABLE IF NOT EXISTS lake.`${{database.orders}}`.copies ({}, PRIMARY KEY (a) NOT ENFORCED) {};"


def job(folder: Path, script: str, key: str = "a") -> Job:
    writes = [{"table": "orders.copies", "key": [key], "freshness": "30s"}]
    write_job(folder, files={"job.sql": script}, writes=writes)
    return load_jobs(folder, settings())[0]


@pytest.mark.parametrize(
    ("flink", "athena"),
    [
        ("STRING", "varchar"),
        ("BIGINT", "bigint"),
        ("DECIMAL(10, 2)", "decimal(10, 2)"),
        ("TIMESTAMP(6)", "timestamp(6)"),
        ("TIMESTAMP_LTZ(6)", "timestamp(6) with time zone"),
        ("TIMESTAMP(6) WITH LOCAL TIME ZONE", "timestamp(6) with time zone"),
        ("FLOAT", "real"),
        ("BYTES", "varbinary"),
        ("MAP<STRING, ARRAY<INT>>", "map(varchar, array(integer))"),
        ("ARRAY<ROW<b INT, c ROW<d STRING>>>", "array(row(b integer, c row(d varchar)))"),
    ],
)
def test_types_are_said_as_athena_calls_them(tmp_path: Path, flink: str, athena: str) -> None:
    script = TABLE.format(f"a {flink}", "PARTITIONED BY (a) WITH ('format-version' = '2')")
    (found,) = columns(job(tmp_path, script)).values()
    assert found == [Column("a", athena, nullable=True, description="")]


def test_comments_and_not_null_come_through(tmp_path: Path) -> None:
    script = TABLE.format("a INT NOT NULL COMMENT 'the key', b STRING", "")
    (found,) = columns(job(tmp_path, script)).values()
    assert found[0] == Column("a", "integer", nullable=False, description="the key")


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("'the shop''s own'", "the shop's own"),
        ("'a STRING of BYTES'", "a STRING of BYTES"),
        (r"'C:\new'", r"C:\new"),
        ("''", ""),
        ("'with (a), -- and more'", "with (a), -- and more"),
    ],
)
def test_a_comment_is_any_text(tmp_path: Path, literal: str, text: str) -> None:
    script = TABLE.format(f"a INT COMMENT {literal}, -- the table's key, a STRING\n b STRING", "WITH ('k' = 'v')")
    (found,) = columns(job(tmp_path, script)).values()
    assert found == [Column("a", "integer", True, text), Column("b", "varchar", True, "")]


def test_the_table_is_known_by_its_name_in_glue_too(tmp_path: Path) -> None:
    script = TABLE.format("a INT", "").replace("${database.orders}", "iceberg_orders")
    assert list(columns(job(tmp_path, script))) == ["iceberg_orders.copies"]


def test_a_script_that_makes_no_such_table_is_an_error_with_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        columns(job(tmp_path, TABLE.format("a INT", "").replace("copies", "copied")))
    assert str(error.value).startswith("jobs/copy/job.sql: no statement makes the table orders.copies of job.yaml")
    assert "CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copies" in str(error.value)


def test_the_columns_of_the_main_job_are_all_read() -> None:
    loaded = {job.name: job for job in load_jobs(PROJECT / "jobs", settings())}
    (found,) = columns(loaded["enriched-orders"]).values()
    assert [column.name for column in found][:2] == ["order_id", "order_date"]
    assert len(found) == 13


def test_a_key_that_is_not_the_tables_is_refused_before_anything_is_deployed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        columns(job(tmp_path, TABLE.format("a INT, b INT", ""), key="b"))
    assert str(error.value).startswith(
        "jobs/copy/job.sql: the PRIMARY KEY of orders.copies is (a), and its key in job.yaml (b);"
    )


def test_a_key_column_that_the_table_lacks_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        columns(job(tmp_path, TABLE.format("a INT, order_id INT", ""), key="order_idd"))
    assert str(error.value) == (
        "jobs/copy/job.yaml: writes orders.copies with the key column 'order_idd', which job.sql does not give the "
        "table; did you mean 'order_id'?"
    )
