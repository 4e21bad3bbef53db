"""A real browser, and pages opened in it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

from bootstrap import browser as machines

Show = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's own, headless; without one the tests are skipped, and say so.

    No longer than a module: meanwhile its event loop counts as running, and tests of the program run their own.
    """
    program = machines.find(os.environ)
    if program is None:
        pytest.skip("no Chromium on this machine; 'make setup-browser' installs it or says how")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Iterator[Show]:
    """Opens a page's text as a file, in a window of its own; fails on errors in its script, and if it asks for anything
    but that file."""
    asked: list[str] = []
    errors: list[str] = []
    contexts: list[BrowserContext] = []

    def shown(text: str, *, width: int = 1280, height: int = 800, anchor: str = "", **context: Any) -> Page:
        file = tmp_path / f"page{len(contexts)}.html"
        file.write_text(text, encoding="utf-8")
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, **context))
        page = contexts[-1].new_page()

        def request(made: Request) -> None:
            if made.url.partition("#")[0] != file.as_uri():
                asked.append(made.url)

        def failed(error: Error) -> None:
            errors.append(str(error))

        def said(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                errors.append(message.text)

        page.on("request", request)
        page.on("pageerror", failed)
        page.on("console", said)
        page.goto(file.as_uri() + anchor)
        return page

    yield shown
    for context in contexts:
        context.close()
    assert not asked
    assert not errors
