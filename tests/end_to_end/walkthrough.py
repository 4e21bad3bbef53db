"""docs/walkthrough.md as a program: its files, its edits, its commands, and what these print."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^`(?P<path>[^`]+)`:\n\n\Z", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A file to write, an edit to apply, or a command with the lines that it prints, in which … stands for anything."""

    kind: Literal["file", "diff", "command"]
    text: str
    path: str = ""
    prints: tuple[str, ...] = ()


def steps(page: Path) -> list[Step]:
    text, found = page.read_text(), list[Step]()
    for block in _BLOCK.finditer(text):
        named = _FILE.search(text[: block.start()])
        if named:
            found.append(Step("file", block["text"], path=named["path"]))
        elif block["language"] == "diff":
            found.append(Step("diff", block["text"]))
        elif block["language"] == "console":
            found += _commands(block["text"])
    return found


def _commands(text: str) -> list[Step]:
    found: list[Step] = []
    for command in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, *prints = command.rstrip("\n").split("\n")
        found.append(Step("command", line, prints=tuple(each for each in prints if each != "…")))
    return found


def missing(step: Step, printed: str) -> list[str]:
    """The lines that it should have printed, in this order, and did not."""
    text, left = re.sub(r"[ \t]+", " ", printed), list[str]()
    for line in step.prints:
        pattern = ".*?".join(re.escape(part) for part in re.sub(r"[ \t]+", " ", line).split("…"))
        match = re.search(pattern, text, re.DOTALL)
        if match is None:
            left.append(line)
        else:
            text = text[match.end() :]
    return left
