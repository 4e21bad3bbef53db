"""`python -m costs`: writes docs/costs.md."""

from pathlib import Path

from costs.page import rendered

PROJECT = Path(__file__).resolve().parent.parent
FILE = PROJECT / "docs" / "costs.md"

if __name__ == "__main__":
    FILE.write_text(rendered(PROJECT))
