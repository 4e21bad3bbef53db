"""`lakehouse docs` against a lake in the played AWS, whose tables are written as Flink writes them."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from catalogue.page import Found, page
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client, start_aws
from sandbox.catalogue import look_up, write
from tests.catalogue.given import contract, table
from tests.declared import copied
from tests.sandbox.iceberg_writer import UpsertTable

NAME = "iceberg_orders.orders"
CONTRACT = contract({NAME: table(), "iceberg_orders.later": table()}, stack="sandbox")
REPORT: dict[str, Any] = {
    "table": NAME,
    "stack": "sandbox",
    "started_at": "2026-03-05T10:07:30+01:00",
    "changes_applied": 1500,
    "not_visible": 2,
    "freshness_seconds": {"p50": 1.0, "p95": 1.67, "p99": 1.9},
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with start_aws(region="eu-central-1") as running:
        address = running.address
        aws_client(address, "s3").create_bucket(
            Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        aws_client(address, "glue").create_database(DatabaseInput={"Name": "iceberg_orders"})
        now = time.time_ns() // 1_000_000
        for name in ("orders", "of_nobody"):
            made = UpsertTable(address, "lake", "iceberg_orders", name)
            for number in range(5):
                made.commit([f"({number}, 'ada', 10, NULL)"], at_millis=now - 3000 * (5 - number))
            made.close()
        yield address


def found(aws: Aws, report: Path) -> Found:
    return look_up(CONTRACT, aws, demo=report, now=datetime.now(UTC))


def test_tables_of_the_contract_are_asked_and_no_others(aws: Aws, tmp_path: Path) -> None:
    looked_up = found(aws, tmp_path / "none.json")
    assert set(looked_up.tables) == {NAME}
    measured = looked_up.tables[NAME]
    assert (measured.freshness.verdict, measured.freshness.commits, measured.freshness.p95) == ("met", 4, 3)
    assert measured.columns == ("id", "name", "total", "at")
    assert [each.id for each in measured.schemas] == [0]
    assert looked_up.demos == {}


def test_the_last_demos_figures_are_there_where_it_was_of_this_stack(aws: Aws, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps(REPORT))
    demo = found(aws, report).demos[NAME]
    assert (demo.at, demo.changes, demo.not_visible) == (datetime(2026, 3, 5, 9, 7, 30, tzinfo=UTC), 1500, 2)
    assert "1,500 changes, source to lake, 2 never visible" in page(CONTRACT, found(aws, report))
    report.write_text(json.dumps(REPORT | {"stack": "dev"}))
    assert found(aws, report).demos == {}


@pytest.mark.parametrize("damaged", ["", "[]", "{}", json.dumps(REPORT | {"freshness_seconds": {"p95": None}})])
def test_a_report_that_says_nothing_is_passed_over(aws: Aws, tmp_path: Path, damaged: str) -> None:
    (tmp_path / "report.json").write_text(damaged)
    assert found(aws, tmp_path / "report.json").demos == {}


def test_without_a_sandbox_the_page_has_what_the_stack_declares(tmp_path: Path) -> None:
    project = copied(tmp_path)
    file = write(project, "prod", None)
    assert file == project / ".sandbox" / "catalogue.html"
    text = file.read_text()
    assert "iceberg_orders.enriched_orders_lake" in text
    assert "https://eu-west-1.console.aws.amazon.com/cloudwatch/" in text
    text = write(project, "sandbox", None).read_text()
    assert "nothing here is measured" in text
    assert "console.aws" not in text


def test_the_page_has_the_columns_that_the_script_has_now(tmp_path: Path) -> None:
    project = copied(tmp_path)
    assert "gift_note" not in write(project, "sandbox", None).read_text()
    script = project / "jobs" / "enriched-orders" / "job.sql"
    script.write_text(
        script.read_text().replace(
            "has_arrived BOOLEAN COMMENT", "gift_note STRING COMMENT 'A', has_arrived BOOLEAN COMMENT"
        )
    )
    assert "gift_note" in write(project, "sandbox", None).read_text()
