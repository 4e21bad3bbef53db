"""The demo, on a stack file and a job that were changed: what it does follows them, with no other edit."""

import json
from pathlib import Path

import pytest

from sandbox.demo.report import Report
from tests.end_to_end.project import Project


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A small run of it, and what it printed."""
    project = Project.copy(tmp_path_factory.mktemp("demo") / "project")
    project.edit("Pulumi.sandbox.yaml", "name: iceberg_orders", "name: sales")
    project.edit("Pulumi.sandbox.yaml", "database: erpdb", "database: shop")
    project.edit("jobs/enriched-orders/job.sql", "  o.customer_name,", "  UPPER(o.customer_name),")
    project.edit("jobs/enriched-orders/job.sql", "s.order_id;", "s.order_id WHERE o.order_qty > 1;")
    run = project.lakehouse("demo", "--orders", "300", "--seconds", "4")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not project.left_running()
    return project, run.stdout


def test_every_row_is_as_the_changed_select_gives_it(demo: tuple[Project, str]) -> None:
    report = Report.model_validate_json((demo[0].folder / ".sandbox" / "report.json").read_bytes())
    assert report.table == "sales.enriched_orders_lake"
    assert report.rows_different == 0
    assert 0 < report.rows_in_lake == report.rows_expected < 300
    assert report.changes_applied == 200
    assert report.as_promised and len(report.expectations) == 8


def test_the_report_has_what_is_promised(demo: tuple[Project, str]) -> None:
    found = json.loads((demo[0].folder / ".sandbox" / "report.json").read_text())
    assert found["declared_resources"] > found["real_resources"] > 20
    assert found["setup_seconds"] > 0
    assert found["snapshot_rows_per_second"] > 0
    assert 500 < found["peak_memory_mib"] < 4096
    assert set(found["freshness_seconds"]) == {"p50", "p95", "p99"}


def test_the_page_needs_nothing_from_elsewhere(demo: tuple[Project, str]) -> None:
    page = Path(demo[0].folder / ".sandbox" / "report.html").read_text()
    assert "<svg" in page
    assert not any(reference in page for reference in ('src="http', 'href="http', "@import", "url(http"))


def test_what_is_printed_shows_the_queries_and_the_figures(demo: tuple[Project, str]) -> None:
    for part in (
        "FOR TIMESTAMP AS OF",
        "enriched_orders_lake$history",
        "freshness p95",
        "every row is as expected",
        "8 of 8",
    ):
        assert part in demo[1]
