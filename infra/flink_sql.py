"""Flink SQL scripts as text: their statements, and the options that they set. Nothing is run or planned here."""

import re
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot.tokenizer_core import TokenType

_LEADING_COMMENTS = re.compile(r"\A(\s*--[^\n]*\n)+\s*")
_SET = re.compile(r"SET\s+'((?:[^']|'')+)'\s*=\s*'((?:[^']|'')*)'\s*\Z", re.IGNORECASE)


@dataclass(frozen=True)
class SetOption:
    """`SET 'option' = 'value'`."""

    option: str
    value: str
    line: int
    """Where it stands in the script, from 1."""


def statements(script: str) -> list[str]:
    """The script's statements, split where semicolons are neither in quotes nor in comments."""
    return [text for text, _ in _split(script)]


def set_options(script: str) -> list[SetOption]:
    """The options that a script sets for its job."""
    found = [(_SET.match(text), line) for text, line in _split(script)]
    return [SetOption(match[1].replace("''", "'"), match[2].replace("''", "'"), line) for match, line in found if match]


@cache
def _split(script: str) -> tuple[tuple[str, int], ...]:
    """Each statement with its line. Remembered: several components read the same script."""
    found: list[tuple[str, int]] = []
    start = 0
    ends = [token.start for token in sqlglot.tokenize(script, read="spark") if token.token_type is TokenType.SEMICOLON]
    for end in [*ends, len(script)]:
        text = _LEADING_COMMENTS.sub("", script[start:end].strip() + "\n").strip()
        if text:
            found.append((text, script.count("\n", 0, script.index(text, start)) + 1))
        start = end + 1
    return tuple(found)
