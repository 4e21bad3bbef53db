"""What the comment looks like on a pull request, in a real browser; and the picture of it in docs/."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from costs.document import CostDocument, document
from costs.estimate import estimate
from costs.jobs import DEPLOYMENT
from costs.prices import load_prices
from costs.resources import Resource, Stack
from costs.stacks import deployed_stack
from review.comment import Beside, comment
from review.costs import costs
from review.preview import Preview
from tests.browser import Show
from tests.declared import PROJECT
from tests.pictures import check, drawn_to, in_the_docs
from tests.review.given import NAMES, Document, job_varied, told
from tests.review.given import preview as preview_of
from tests.review.rendered import page
from tests.review.verdicts import verdict

FILE = "pull-request-comment.png"
SIZE = (1000, 1410)


def preview() -> Preview:
    """Of a table that gets another key, and a job that is to be twice as fast."""

    def faster(_: Document, after: Document) -> None:
        after["job"]["parallelism"] = 2

    return job_varied("table-key", faster)


def estimates() -> tuple[CostDocument, CostDocument]:
    """Of the stack dev as it is, and with that job twice as fast."""

    def faster(resource: Resource) -> Resource:
        if resource.type != DEPLOYMENT:
            return resource
        spec = resource.inputs["spec"]
        job = {**spec["job"], "parallelism": 2}
        return replace(resource, inputs={**resource.inputs, "spec": {**spec, "job": job}})

    found, prices = deployed_stack(PROJECT, "dev"), load_prices()
    stack = Stack.of(map(faster, found.stack.resources))
    changed = replace(found, stack=stack, estimate=estimate(stack, region=found.region))
    return document(found, prices), document(changed, prices)


@cache
def whole() -> str:
    return comment(preview(), "dev", Beside(impact=verdict(), costs=costs(*estimates())))


def test_the_comment_looks_like_something(show: Show, tmp_path: Path) -> None:
    shown = show(page(whole()), width=SIZE[0], height=SIZE[1])
    alert = shown.locator("blockquote.alert.caution")
    assert alert.locator("p").all_inner_texts() == ["Caution"]
    assert shown.locator("h4").all_inner_texts() == [
        "Running jobs and tables",
        "Jobs",
        "Lake tables",
        "Costs (an estimate)",
    ]
    assert shown.locator("table").count() == 5
    judged = shown.locator("table").first.inner_text()
    assert "state incompatible" in judged
    assert "'SinkMaterializer': its state is kept by ROW<INT NOT NULL>, and would be by" in judged
    folded = shown.locator("details")
    assert not folded.locator("pre").first.is_visible()
    folded.locator("summary").click()
    assert "+ spec.job.parallelism: 2" in folded.locator("pre").first.inner_text()
    folded.locator("summary").click()
    shown.evaluate("() => window.scrollTo(0, 0)")
    file = drawn_to(FILE, tmp_path)
    shown.screenshot(path=file)
    check(file, SIZE)


def test_the_picture_in_the_docs_is_one_of_it() -> None:
    check(in_the_docs(FILE), SIZE)


@pytest.mark.parametrize("name", NAMES)
def test_no_markup_is_left_as_text(show: Show, name: str) -> None:
    shown = show(page(told(preview_of(name))))
    shown.locator("details").evaluate_all("(all) => all.forEach((each) => { each.open = true; })")
    shown.locator("code").evaluate_all("(all) => all.forEach((each) => each.remove())")
    text = shown.locator(".body").inner_text()
    assert not [mark for mark in ("| --", "**", "`", "[!", "####", "<br>", "</", "<!--") if mark in text]
    # Narrow, as on a phone, nothing but tables and code is wider than the comment.
    shown.set_viewport_size({"width": 360, "height": 800})
    wide = "(all) => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length"
    assert shown.locator(".body > p, .body > h4, .body > blockquote").evaluate_all(wide) == 0
