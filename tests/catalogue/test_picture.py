"""The picture of the page in docs/: drawn anew by `make docs-pictures`, and looked at here."""

import os
import struct
import zlib
from pathlib import Path

from catalogue.page import page
from tests.catalogue.conftest import Show
from tests.catalogue.given import NOW, ORDERS, declared, measured
from tests.declared import PROJECT

FILE = "catalogue.png"
LARGEST = 200_000
"""Bytes, for a file that is in the repository."""


def test_the_page_looks_like_something(show: Show, tmp_path: Path) -> None:
    shown = show(page(declared(), measured(declared()), made=NOW, on_aws=False), height=900)
    # The table that the README speaks of, with the list of all on its left.
    shown.locator(f"[id='{ORDERS}']").evaluate("(each) => each.scrollIntoView()")
    asked_for = os.environ.get("LAKEHOUSE_PICTURES")
    file = (PROJECT / asked_for if asked_for else tmp_path) / FILE
    shown.screenshot(path=file)
    check(file)


def test_the_picture_in_the_docs_is_one_of_it() -> None:
    check(PROJECT / "docs" / FILE)


def check(file: Path) -> None:
    content = file.read_bytes()
    assert len(content) < LARGEST
    width, height = size(content)
    assert (width, height) == (1280, 900)
    # What is blank packs to a few bytes: text, lines and colours need some for each line of pixels.
    assert len(content) / height > 40
    assert len(set(pixels(content))) > 50


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def pixels(png: bytes) -> bytes:
    """Of its rows, the bytes that they were packed from (PNG specification: chunk IDAT)."""
    packed, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    return zlib.decompress(packed)
