"""The page as text: what stands in it, and what never does."""

import base64
import hashlib
import re
import time
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from catalogue.measured import measure
from catalogue.page import Found, duration, page
from infra.named_queries import saved_queries
from infra.outputs import ColumnContract
from sandbox.program import read_settings
from tests.catalogue.given import (
    MARKUP,
    NOW,
    ORDERS,
    contract,
    declared,
    every,
    field,
    large,
    measured,
    metadata,
    table,
)
from tests.declared import PROJECT

_VOID = {"meta", "link", "input", "wbr"}


class Page(HTMLParser):
    """What a page is made of; fails on elements that are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []
        self.words = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self.text += " " if tag in ("dt", "dd", "th", "td", "p", "li") else ""

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def of_the_program() -> Page:
    return Page(page(declared(), measured(declared()), made=NOW, on_aws=False))


def test_every_table_is_there_with_all_that_is_promised_of_it() -> None:
    shown = of_the_program().words
    promised = declared()
    assert len(promised.tables) == 5
    for name, each in promised.tables.items():
        assert name in shown
        for words in (each.description, each.owner, each.job, each.freshness, *each.key):
            assert words in shown
        for column in each.columns:
            assert f"{column.name}" in shown
            assert column.type in shown
            assert column.description in shown
        database, _, short = name.partition(".")
        for query in saved_queries(database, short, each.freshness):
            assert " ".join(query.sql.split()) in shown
        assert all(f"{key}={value}" in shown for key, value in each.tags.items())


def test_the_head_says_which_stack_it_is_and_how_teams_query() -> None:
    shown = of_the_program().words
    team = declared().teams["analysts"]
    for words in ("sandbox", "123456789012", "eu-west-1", "AwsDataCatalog", "1.2.0", "2026-03-05 09:07:30 UTC"):
        assert words in shown
    for words in (team.role_arn, team.workgroup, team.results_location, "5 of 5 tables"):
        assert words in shown


def test_what_was_measured_stands_beside_what_was_promised() -> None:
    shown = of_the_program().words
    for words in (
        "objective met",
        "objective not met",
        "not known",
        "not made yet",
        "p95 of 899 since 08:49 UTC",
        "1,500 changes",
    ):
        assert words in shown
    assert "1.7 s p95 of 1,500 changes, source to lake, 2026-03-05 07:07 UTC" in shown


def test_the_page_of_a_deployment_says_no_time_and_links_to_what_knows() -> None:
    text = page(declared("prod"))
    shown = Page(text)
    links = [link["href"] or "" for link in shown.all("a")]
    console = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#"
    assert f"{console}dashboards/dashboard/flink-lakehouse-prod" in links
    assert f"{console}alarmsV2:alarm/flink-lakehouse-prod%2Fenriched-orders%2Fnot-delivering" in links
    assert "by the last deployment" in shown.words
    assert "objective met" not in shown.words
    assert not re.search(r"\d{4}-\d\d-\d\d|\d\d:\d\d", shown.words)
    assert "Not known here: no table was asked." in shown.words


def test_what_a_deployment_says_of_itself_is_as_long_as_its_contract_lasts() -> None:
    assert page(declared("prod")) == page(declared("prod").model_copy(deep=True))


def test_a_region_of_another_partition_has_another_console() -> None:
    assert "https://cn-north-1.console.amazonaws.cn/" in page(contract({"d.t": table()}, region="cn-north-1"))
    assert "https://us-gov-west-1.console.amazonaws-us-gov.com/" in page(
        contract({"d.t": table()}, region="us-gov-west-1")
    )


def test_where_nothing_was_measured_it_says_so() -> None:
    shown = Page(page(declared(), made=NOW, on_aws=False))
    assert "nothing here is measured" in shown.words
    assert "Not measured." in shown.words
    assert not [link for link in shown.all("a") if not (link["href"] or "").startswith("#")]


def test_no_secret_and_no_host_stands_there() -> None:
    for stack in ("prod", "dev"):
        text = page(declared(stack))
        secrets = [
            source.secret for source in read_settings(PROJECT, stack).sources.values() if source.engine != "kafka"
        ]
        assert secrets
        assert not [secret for secret in secrets if secret in text]


def test_columns_that_only_one_of_both_has_are_named() -> None:
    given = contract({"d.t": table()})
    now = measure(metadata(every(1, 9), fields=[[field(1, "id"), field(2, "total")]]), "30s", now=NOW)
    shown = Page(page(given, Found({"d.t": now}, {}), made=NOW, on_aws=False)).words
    assert "Declared, and not in the table yet: customer_name." in shown
    assert "In the table, and not declared: total." in shown


def test_nothing_of_a_contract_becomes_code() -> None:
    columns = [ColumnContract(name="id", type=MARKUP, nullable=False, description=MARKUP)]
    strange = table(description=MARKUP, owner=MARKUP, columns=columns, tags={MARKUP: MARKUP})
    text = page(contract({"iceberg_orders.t": strange}, stack=MARKUP), made=NOW)
    shown = Page(text)
    assert len(shown.all("script")) == 1
    assert not shown.all("b") or all(not attributes for attributes in shown.all("b"))
    assert not [attributes for _, attributes in shown.elements if any(name.startswith("on") for name in attributes)]
    assert shown.words.count(" ".join(MARKUP.split())) >= 5
    assert "49" not in shown.words


def test_a_browser_fetches_nothing_and_runs_the_pages_own_script_alone() -> None:
    text = page(declared("prod"))
    shown = Page(text)
    assert not {"img", "iframe", "object", "base", "form"} & {tag for tag, _ in shown.elements}
    assert all((link.get("href") or "").startswith("data:") for link in shown.all("link"))
    assert all("src" not in attributes and "style" not in attributes for _, attributes in shown.elements)
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = [meta["content"] or "" for meta in shown.all("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        hashed = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{hashed}'" in policy


def test_ids_are_unique_and_every_reference_is_met() -> None:
    shown = of_the_program()
    ids = [attributes["id"] for _, attributes in shown.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in shown.elements:
        for name in ("aria-labelledby", "aria-describedby", "for", "data-copy"):
            assert attributes.get(name) is None or attributes[name] in ids
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in ids


def test_a_stack_without_tables_or_teams_has_a_page() -> None:
    shown = Page(page(contract({}, teams={}), made=NOW)).words
    assert "No job of the stack writes a table." in shown
    assert "The stack has no teams" in shown


def test_a_table_that_no_team_may_read_says_so() -> None:
    given = contract({"d.t": table(key=[], tags={})}, teams={})
    shown = Page(page(given, made=NOW)).words
    assert "Teams none" in shown
    assert "LF-Tags none" in shown
    assert "rows are only ever added" in shown


def test_few_tables_stand_there_in_full_and_many_open_when_asked() -> None:
    assert all("open" in each for each in of_the_program().all("details"))
    assert not any("open" in each for each in Page(page(large(9))).all("details"))


def test_three_hundred_tables_are_a_page_of_some_megabytes_made_in_seconds() -> None:
    given = large(300)
    began = time.perf_counter()
    text = page(given, made=NOW)
    assert time.perf_counter() - began < 10
    assert len(text.encode()) < 2_500_000
    assert text.count("<article") == 300


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.04, "0.0 s"), (9.94, "9.9 s"), (14.4, "14 s"), (180, "3 min"), (7200, "2 h"), (432_000, "5 d")],
)
def test_durations_are_short(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_schemas_have_their_times() -> None:
    times = [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]
    fields = [[field(1, "id")], [field(1, "id"), field(2, "customer_name")]]
    found = measure(metadata(times, fields=fields), "30s", now=NOW)
    expired = measure(metadata(times, fields=fields, first=700), "30s", now=NOW)
    given = contract({"d.t": table()})
    shown = Page(page(given, Found({"d.t": found}, {}), made=NOW)).words
    assert "1 customer_name added since 2026-03-05 08:07:30 UTC, the current one" in shown
    assert "0 as the table was made since 2026-03-05 07:07:30 UTC" in shown
    shown = Page(page(given, Found({"d.t": expired}, {}), made=NOW)).words
    assert "0 as the table was made 2026-03-05 07:07:30 UTC or before, when older commits have expired" in shown
    assert ORDERS not in shown
