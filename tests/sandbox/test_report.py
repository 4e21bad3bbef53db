"""The report: its figures as JSON, a page that needs nothing else, and the table in the console."""

import io
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from rich.console import Console

from sandbox.demo.comparison import Comparison, Difference
from sandbox.demo.freshness import Freshness, Sample
from sandbox.demo.report import (
    Expectation,
    KindFigures,
    Machine,
    Percentiles,
    Report,
    Series,
    Step,
    by_kind,
    html,
    series,
    summary,
    write,
)

FIGURES: dict[str, Any] = {
    "job": "enriched-orders",
    "table": "iceberg_orders.enriched_orders_lake",
    "stack": "sandbox",
    "started_at": datetime(2026, 3, 5, 9, 7, tzinfo=UTC),
    "rows_expected": 10_188,
    "rows_in_lake": 10_188,
    "rows_different": 0,
    "changes_applied": 1_500,
    "changes_per_second": 49.97,
    "not_visible": 0,
    "freshness_seconds": Percentiles(p50=1.02, p95=1.94, p99=2.2),
    "checkpoint_interval_seconds": 1,
    "expectations": (
        Expectation(name="unique(order_id)", promise="no two rows have the same order_id", violations=0, sample=None),
        Expectation(name="row_count(min)", promise="there is at least 1 row", violations=0, sample="10188 rows"),
    ),
    "declared_resources": 41,
    "real_resources": 28,
    "setup_seconds": 24.31,
    "snapshot_rows_per_second": 4_820.4,
    "peak_memory_mib": 2_312.4,
    "steps": (Step(name="Start the databases", seconds=3.2),),
    "machine": Machine(cores=2, memory_gib=23.5, python="3.11.7", java="17.0.15"),
}
SAMPLES = tuple(
    Sample(1_000.0 + number / 50, 0.5 + number % 50 / 50, "insert order" if number % 3 else "delete order")
    for number in range(300)
)
DRAWN = Series(SAMPLES, [(990.0, 0), (995.0, 10_000), (1_006.0, 10_188)])
VOID_ELEMENTS = {"meta", "br", "hr", "img", "link", "input"}


def report(**changed: Any) -> Report:
    return Report(**{**FIGURES, **changed})


class Page(HTMLParser):
    """What a page is made of; fails on elements that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_ELEMENTS:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_data_holds_every_figure_by_its_name(tmp_path: Path) -> None:
    data, page = write(report(), DRAWN, tmp_path / "made" / "on demand")
    assert (data.name, page.name) == ("report.json", "report.html")
    figures = json.loads(data.read_text())
    assert figures["freshness_seconds"] == {"p50": 1.02, "p95": 1.94, "p99": 2.2}
    assert Report.model_validate_json(data.read_text()) == report()
    wanted = {"rows_expected", "rows_in_lake", "rows_different", "changes_applied", "declared_resources"}
    assert wanted | {"real_resources", "setup_seconds", "snapshot_rows_per_second", "peak_memory_mib"} <= figures.keys()


def test_a_misspelt_figure_is_refused() -> None:
    with pytest.raises(ValidationError, match="rows_diferent"):
        report(rows_diferent=1)


def test_the_page_refers_to_nothing_outside() -> None:
    text = html(report(), DRAWN)
    page = Page(text)
    assert not re.search(r"https?:|//|@import|url\((?!#)", text)
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.elements}
    for _, attributes in page.elements:
        assert (attributes.get("href") or "#").startswith("#")
        assert "src" not in attributes


def test_the_page_can_be_read_by_everyone() -> None:
    page = Page(html(report(), DRAWN))
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == 1
    assert {each["name"] for each in page.all("meta") if "name" in each} == {"viewport", "color-scheme"}
    pictures = page.all("svg")
    assert [each["role"] for each in pictures] == ["img", "img"]
    assert pictures[0]["aria-label"] == "Freshness of 300 changes over time: p95 1.94 s, objective 2.5 s"
    assert pictures[1]["aria-label"] == "Rows in the lake over time: 10,188 after the last of 3 commits"
    assert all(each.get("scope") in ("row", "col") for each in page.all("th"))


def test_ids_are_unique_and_every_reference_is_met() -> None:
    text = html(report(), DRAWN)
    ids = [attributes["id"] for _, attributes in Page(text).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(#|href="#|labelledby=")([^)"]+)', text)) <= set(ids)


def test_the_pictures_take_their_colours_from_the_page_and_keep_text_as_text() -> None:
    text = html(report(), DRAWN)
    pictures = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))
    assert not re.search(r"#[0-9a-f]{6}\b", pictures)
    assert set(re.findall(r"var\((--[a-z]+)\)", pictures)) <= set(re.findall(r"(--[a-z-]+):", text))
    for words in ("seconds until visible", "objective", "p95", "rows in the lake"):
        assert words in Page(text).text


def test_each_change_is_a_dot() -> None:
    picture = re.findall(r"<svg.*?</svg>", html(report(), DRAWN), re.DOTALL)[0]
    dots = max(re.findall(r'<path d="([^"]*)"', picture), key=len)
    assert dots.count("M") == len(SAMPLES)


def test_the_same_run_gives_the_same_page() -> None:
    assert html(report(), DRAWN) == html(report(), DRAWN)


def test_a_page_of_rows_that_differ_shows_them_and_trusts_no_value() -> None:
    differences = (
        Difference(17, "differs", "customer_name", "<script>alert(1)</script>", None),
        Difference(18, "differs", "order_total", Decimal("1.50"), Decimal("1.60")),
        Difference(19, "missing"),
    )
    page = Page(html(report(rows_different=3), Series(SAMPLES, (), differences)))
    for words in ("What differs", "<script>alert(1)</script>", "NULL", "1.50", "missing in the lake", "no commit"):
        assert words in page.text
    assert page.all("script") == []


def test_a_run_without_samples_still_has_a_page() -> None:
    empty = report(freshness_seconds=Percentiles(p50=None, p95=None, p99=None), not_visible=7)
    page = Page(html(empty, Series()))
    assert "No change became visible" in page.text
    assert "7 changes were not visible before the end" in page.text


def test_what_the_job_promises_is_shown_held_or_not() -> None:
    assert "2 of 2" in Page(html(report(), DRAWN)).text
    broken = FIGURES["expectations"][0].model_copy(update={"violations": 1_234, "sample": "<b>17</b>"})
    spoilt = report(expectations=(broken, FIGURES["expectations"][1]))
    assert report().as_promised and not spoilt.as_promised
    page = Page(html(spoilt, DRAWN))
    for words in ("1 of 2", "unique(order_id)", "no two rows have the same order_id", "1,234", "<b>17</b>"):
        assert words in page.text
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(summary(spoilt))
    assert "unique(order_id): 1,234" in console.export_text()
    assert "What the job promises" not in Page(html(report(expectations=()), DRAWN)).text


def test_freshness_is_met_within_the_interval_and_a_half_second_more_than_one() -> None:
    assert report().objective_seconds == 2.5
    assert report().fresh
    assert not report(freshness_seconds=Percentiles(p50=1, p95=2.51, p99=3)).fresh
    assert not report(not_visible=1).fresh


def test_the_series_come_from_what_was_measured() -> None:
    difference = Difference(1, "missing")
    drawn = series(Freshness(1, 2, 3, SAMPLES, 0), [(1.0, 2)], Comparison(1, 0, 1, (difference,)))
    assert drawn == Series(SAMPLES, [(1.0, 2)], (difference,))


def test_kinds_have_their_own_figures() -> None:
    samples = [Sample(0, 1.0, "b"), Sample(0, 3.0, "b"), Sample(0, 2.0, "a")]
    assert by_kind(samples) == [KindFigures("a", 1, 2.0, 2.0), KindFigures("b", 2, 1.0, 3.0)]


@pytest.mark.parametrize(
    ("different", "verdict"), [(0, "every row is as expected"), (3, "3 rows differ"), (1, "1 row differs")]
)
def test_the_console_gets_the_figures_and_the_verdict(different: int, verdict: str) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(summary(report(rows_different=different)))
    text = console.export_text()
    for words in (verdict, "10,188 expected", "1.94 s", "objective 2.5 s", "2,312 MiB", "28 of 41"):
        assert words in text
