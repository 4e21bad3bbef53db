"""For the test that looks at a comment."""

from tests.browser import chromium, show

__all__ = ["chromium", "show"]
