"""GitHub's Markdown, from text that nobody has vetted: names and values show as they are and do nothing."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

BAR = r"\|"


def code(text: str) -> str:
    """As code on one line."""
    text = re.sub(r"\s+", " ", text) or " "
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """As lines of code, whatever fences stand in them."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def row(*cells: str) -> str:
    # A bar ends a cell even within code.
    return f"| {' | '.join(cell.replace('|', BAR) or ' ' for cell in cells)} |"


def head(*titles: str) -> str:
    return f"{row(*titles)}\n{row(*['---'] * len(titles))}"


def count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


@dataclass(frozen=True)
class Part:
    """A piece of the comment: what stands around its items, and as many of them as there is room for."""

    before: str = ""
    items: Sequence[str] = field(default=())
    after: str = ""
    separator: str = "\n"
    """Between items; rows of a table need a mere line break."""

    def text(self, items: Iterable[str]) -> str:
        return "\n".join(piece for piece in (self.before, self.separator.join(items), self.after) if piece)


def fit(parts: Sequence[Part], longest: int, left_out: str) -> str:
    """The parts, in at most `longest` characters: earlier parts get room first, and what a part leaves out is said.

    `left_out` is what is said of it, with `{}` for how many items.
    """
    # What is said is room that every part may need.
    room = longest - sum(len(part.text([])) + len(_said(part, left_out)) + 4 for part in parts)
    texts: list[str] = []
    for part in parts:
        kept = 0
        for item in part.items:
            room -= len(item) + len(part.separator)
            if room < 0:
                break
            kept += 1
        text = part.text(part.items[:kept])
        texts.append(text if kept == len(part.items) else f"{text}\n\n{left_out.format(len(part.items) - kept)}")
    return "\n\n".join(text for text in texts if text) + "\n"


def _said(part: Part, left_out: str) -> str:
    return left_out.format(len(part.items)) if part.items else ""
