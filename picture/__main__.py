"""`python -m picture`: draws docs/architecture.svg from the program of the stack 'prod'."""

from pathlib import Path

from picture.architecture import draw
from picture.parts import parts_of

PROJECT = Path(__file__).resolve().parent.parent
FILE = PROJECT / "docs" / "architecture.svg"
STACK = "prod"


def rendered() -> str:
    return draw(parts_of(PROJECT, STACK))


if __name__ == "__main__":
    FILE.write_text(rendered())
