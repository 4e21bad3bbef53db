"""The browser in which tests look at the pages that are made here: a Chromium of the machine's own."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from bootstrap.console import SetupError, say
from bootstrap.machine import ensure_installed

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""As distributions and Google call it."""

_PACKAGES = {
    # With letters of its own: without any the pages would be boxes.
    "apt-get": ["chromium", "fonts-liberation"],
    "dnf": ["chromium"],
    "zypper": ["chromium"],
    "pacman": ["chromium"],
}


def find(environment: Mapping[str, str]) -> Path | None:
    path = environment.get("PATH", os.defpath)
    found = next((program for name in PROGRAMS if (program := shutil.which(name, path=path))), None)
    return Path(found) if found else None


def is_ready() -> bool:
    return find(os.environ) is not None


def ensure() -> None:
    """Install it where that is for us to do. Elsewhere say how: tests that need it are then skipped, no others."""
    try:
        ensure_installed("Chromium, for the tests of HTML pages", _PACKAGES)
    except SetupError as error:
        say(f"{error}\nUntil then the tests of HTML pages in a browser are skipped.")


def space() -> dict[Path, float]:
    return {Path("/usr"): 0.5e9}
