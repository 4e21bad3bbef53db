"""What axe-core finds wrong with a page for those who cannot see it, or not well."""

from dataclasses import dataclass
from typing import Any, cast

from axe_playwright_python.sync_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]
from playwright.sync_api import Page

_OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
    "resultTypes": ["violations", "incomplete"],
}
_CONTRASTS = r"""() => {
    const light = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
    return [...document.querySelectorAll("svg text")].map((text) => {
        let under = text;
        while (under.tagName !== "rect") under = under.previousElementSibling;
        const [a, b] = [text, under].map((each) => light(getComputedStyle(each).fill)).sort((a, b) => b - a);
        return (a + 0.05) / (b + 0.05);
    });
}"""


@dataclass(frozen=True)
class Audit:
    violations: list[str]
    unsure: list[str]
    """Elements of which it could not tell whether they can be read."""
    report: str


def audit(page: Page) -> Audit:
    found = Axe().run(page, options=_OPTIONS)  # pyright: ignore[reportUnknownMemberType]
    response = cast(dict[str, Any], found.response)  # pyright: ignore[reportUnknownMemberType]
    unsure = [node["html"] for each in response["incomplete"] for node in each["nodes"]]
    return Audit([each["id"] for each in response["violations"]], unsure, found.generate_report() or "")


def contrasts(page: Page) -> list[float]:
    """Of each text in a picture with the box that it stands in (WCAG 2.2: "contrast ratio"), which axe can't tell."""
    return page.evaluate(_CONTRASTS)
