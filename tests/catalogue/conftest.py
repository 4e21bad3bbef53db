"""For the tests of the page."""

from tests.browser import chromium, show

__all__ = ["chromium", "show"]
