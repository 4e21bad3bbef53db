"""The picture of the page in docs/: drawn anew by `make docs-pictures`, and looked at here."""

from pathlib import Path

from catalogue.page import page
from tests.browser import Show
from tests.catalogue.given import NOW, ORDERS, declared, measured
from tests.pictures import check, drawn_to, in_the_docs

FILE = "catalogue.png"
SIZE = (1280, 900)


def test_the_page_looks_like_something(show: Show, tmp_path: Path) -> None:
    shown = show(page(declared(), measured(declared()), made=NOW, on_aws=False), height=SIZE[1])
    # The table that the README speaks of, with the list of all on its left.
    shown.locator(f"[id='{ORDERS}']").evaluate("(each) => each.scrollIntoView()")
    file = drawn_to(FILE, tmp_path)
    shown.screenshot(path=file)
    check(file, SIZE)


def test_the_picture_in_the_docs_is_one_of_it() -> None:
    check(in_the_docs(FILE), SIZE)
