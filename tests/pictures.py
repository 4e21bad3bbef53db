"""Pictures of pages in docs/: drawn anew by `make docs-pictures`, and looked at by the tests."""

import os
import struct
import zlib
from pathlib import Path

from tests.declared import PROJECT

LARGEST = 200_000
"""Bytes, for a file that is in the repository."""


def drawn_to(name: str, otherwise: Path) -> Path:
    """Where a test draws: into docs/ if asked to, else where nobody looks."""
    asked_for = os.environ.get("LAKEHOUSE_PICTURES")
    return (PROJECT / asked_for if asked_for else otherwise) / name


def in_the_docs(name: str) -> Path:
    return PROJECT / "docs" / name


def check(file: Path, expected: tuple[int, int]) -> None:
    """It has this size, and something on it."""
    content = file.read_bytes()
    assert len(content) < LARGEST
    width, height = size(content)
    assert (width, height) == expected
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
