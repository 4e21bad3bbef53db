"""Expectations in job.yaml: what is wrong with them is said before anything is deployed."""

from pathlib import Path
from typing import Any

import pytest

from infra.errors import ConfigurationError
from infra.expectation_columns import check_expectations
from infra.expectations import Expectations
from infra.jobs import load_jobs
from tests.declared import JOBS, PROJECT, settings
from tests.infra.test_jobs import write_job

SCRIPT = """\
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copies (
  order_id INT NOT NULL,
  order_status STRING,
  has_arrived BOOLEAN,
  order_date DATE,
  tags ARRAY<STRING>,
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH ('format-version' = '2');
INSERT INTO lake.`${database.orders}`.copies SELECT 1;
"""


def promise(folder: Path, expectations: Any, **write: Any) -> None:
    """Write the job folder and look at it as the program does."""
    writes = [{"table": "orders.copies", "key": ["order_id"], "freshness": "30s", "expectations": expectations} | write]
    write_job(folder / "jobs", files={"job.sql": SCRIPT}, writes=writes)
    check_expectations(load_jobs(folder / "jobs", settings()), folder=folder)


def refused(folder: Path, expectations: Any, **write: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        promise(folder, expectations, **write)
    assert len(str(error.value).splitlines()) <= 5
    return str(error.value)


def test_all_kinds_are_taken(tmp_path: Path) -> None:
    promise(
        tmp_path,
        {
            "not_null": ["order_status", "tags"],
            "unique": True,
            "accepted_values": {"order_status": ["PAID", "it's"], "order_id": [1, 2], "has_arrived": [True]},
            "row_count": {"min": 10, "drift": "20%", "within": "6h"},
        },
    )


@pytest.mark.parametrize(
    ("expectations", "line", "where"),
    [
        ({"not_null": ["order_id", "order_statsu"]}, 11, "not_null[1]"),
        ({"unique": ["order_statsu"]}, 10, "unique[0]"),
        ({"accepted_values": {"order_statsu": ["PAID"]}}, 10, "accepted_values.order_statsu"),
    ],
)
def test_a_column_that_there_is_not_is_named_with_file_line_and_the_nearest(
    tmp_path: Path, expectations: Any, line: int, where: str
) -> None:
    assert refused(tmp_path, expectations) == (
        f"jobs/copy/job.yaml:{line}: writes[0].expectations.{where}: orders.copies has no column 'order_statsu'; "
        "did you mean 'order_status'?"
    )


WRONG: list[tuple[Any, str]] = [
    ({"not_nul": ["order_id"]}, "expectations.not_nul: unknown key; did you mean 'not_null'?"),
    ({"not_null": ["order_id", "order_id"]}, "'order_id' stands here twice"),
    ({"unique": False}, "expectations.unique: write true, for the table's key, or the list of columns"),
    ({"unique": "order_id"}, "expectations.unique: write true, for the table's key, or the list of columns"),
    ({"unique": []}, "expectations.unique: write true, for the table's key, or the list of columns"),
    ({"unique": ["tags"]}, "expectations.unique: the column 'tags' is of the type array"),
    ({"accepted_values": {"order_status": []}}, "expectations.accepted_values.order_status: List should have at least"),
    ({"accepted_values": {"order_status": [1.5]}}, "is neither a text, a whole number nor a boolean"),
    (
        {"accepted_values": {"order_status": ["A", True]}},
        "True is no value of 'order_status', which is varchar: write a text",
    ),
    ({"accepted_values": {"order_id": ["1"]}}, "'1' is no value of 'order_id', which is integer: write a whole number"),
    (
        {"accepted_values": {"has_arrived": [1]}},
        "1 is no value of 'has_arrived', which is boolean: write true or false",
    ),
    (
        {"accepted_values": {"order_date": ["2026-01-01"]}},
        "'order_date' is of the type date, and this is for columns of",
    ),
    ({"row_count": {}}, "expectations.row_count: says nothing; give min, or drift and within"),
    ({"row_count": {"min": 0}}, "expectations.row_count.min"),
    ({"row_count": {"drift": "20%"}}, "expectations.row_count.within: missing"),
    ({"row_count": {"within": "6h"}}, "expectations.row_count.drift: missing"),
    ({"row_count": {"drift": "0.2", "within": "6h"}}, "expectations.row_count.drift"),
    ({"row_count": {"drift": "20%", "within": "1 day"}}, "'1 day' is not a duration"),
    ({"row_count": {"drift": "20%", "within": "24h"}}, "24h is no shorter than the stack's lake.time_travel_days (1)"),
]


@pytest.mark.parametrize(("expectations", "said"), WRONG)
def test_what_can_not_be_asked_is_refused(tmp_path: Path, expectations: Any, said: str) -> None:
    assert said in refused(tmp_path, expectations)


def test_a_table_without_a_key_has_to_say_what_is_unique(tmp_path: Path) -> None:
    assert "true means the table's key, and it has none" in refused(tmp_path, {"unique": True}, key=[])


def test_they_read_as_sentences() -> None:
    expectations = Expectations.model_validate(
        {
            "not_null": ["a"],
            "unique": True,
            "accepted_values": {"a": ["x", 2, True]},
            "row_count": {"min": 1000, "drift": "20%", "within": "6h"},
        }
    )
    assert [each.promise for each in expectations.each(["k", "l"])] == [
        "a is never NULL",
        "no two rows have the same k and l",
        "a is NULL or one of 'x', 2, true",
        "there are at least 1,000 rows",
        "there are at most 20% more or fewer rows than 6h before",
    ]


@pytest.mark.parametrize("name", JOBS)
def test_those_of_the_repository_can_be_asked(name: str) -> None:
    jobs = [job for job in load_jobs(PROJECT / "jobs", settings()) if job.name == name]
    check_expectations(jobs, folder=PROJECT)
