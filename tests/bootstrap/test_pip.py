"""Pip: what it is given, and what the user sees of it."""

import re
from pathlib import Path

import pytest

from bootstrap import pip, scanners
from bootstrap.stamps import ROOT

LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock", *sorted(scanners.LOCKS.glob("*.lock"))]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_splits_into_pins_that_all_have_hashes_and_names_no_place_to_get_them(lock: Path) -> None:
    content = lock.read_text()
    pins = pip.split_lock(content)
    assert pins
    assert all(re.match(r"[\w.\[\],-]+==", pin) and "--hash=sha256:" in pin for pin in pins)
    assert len(pins) == len(re.findall(r"^\S+==", content, re.MULTILINE))
    assert "://" not in content


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Collecting rich==15.0.0 (from -r batch.txt (line 1))", "1 of 9"),
        ("  Downloading rich-15.0.0-py3-none-any.whl (240 kB)", "0 of 9, downloading rich-15.0.0 (240 kB)"),
        ("  Building wheel for apache-flink-libraries (setup.py): started", "0 of 9, building apache-flink-libraries"),
        ("Installing collected packages: a, b", "0 of 9, unpacking"),
        ("whatever", None),
    ],
)
def test_progress_of_pip(line: str, shown: str | None) -> None:
    assert pip.PipProgress(9)(line.strip()) == shown
