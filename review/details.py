"""Every change, for those who want to see each value."""

import difflib
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from review.markdown import Part, block, code, count
from review.preview import Preview, Step
from review.values import Change, differences, path_text, shorten, value_text

_LONGEST = 100
_LINES = 12


def changed_values(preview: Preview) -> Part | None:
    """Of what is updated or replaced."""
    steps = [step for step in preview.changed if step.changes]
    items = [f"{_title(step)}\n{block(_diff(step.changes), 'diff')}" for step in steps]
    return _folded(f"Each changed value of {count(len(items), 'resource')}", items, "\n\n")


def others(preview: Preview) -> Part | None:
    """What is made, goes, or changes in no property."""
    steps = [step for step in preview.changed if not step.changes]
    items = [f"- {_title(step)}" for step in sorted(steps, key=lambda step: (step.op, step.type, step.name))]
    return _folded(f"{count(len(items), 'resource')} made, deleted or otherwise changed as a whole", items, "\n")


def warnings(preview: Preview) -> Part | None:
    items = [block(shorten(message, 1000)) for message in preview.warnings]
    return _folded(count(len(items), "warning"), items, "\n\n")


def _folded(title: str, items: Sequence[str], separator: str) -> Part | None:
    if not items:
        return None
    return Part(f"<details><summary>{title}</summary>\n", items, "\n</details>", separator)


def _title(step: Step) -> str:
    return f"**{step.op}** {code(step.type)} {code(step.name)}"


def _diff(changes: Sequence[Change]) -> str:
    return "\n".join(line for change in changes for line in _lines(change))


def _lines(change: Change) -> Iterator[str]:
    path, before, after = path_text(change.path), change.before, change.after
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        yield f"  {path}"
        yield from _text_diff(before, after)
    elif within := _differences_within(before, after):
        yield f"  {path}"
        yield from within
    else:
        yield f"- {path}: {value_text(before, _LONGEST)}"
        yield f"+ {path}: {value_text(after, _LONGEST)}"


def _differences_within(before: Any, after: Any) -> list[str]:
    """Of JSON in a string, as policies are: what differs in it, and not that it does."""
    try:
        old, new = json.loads(before), json.loads(after)
    except (ValueError, TypeError):
        return []
    if not isinstance(old, dict | list) or not isinstance(new, dict | list):
        return []
    return [f"{line[0]}   {line[2:]}" for change in differences(old, new) for line in _lines(change)]


def _text_diff(before: str, after: str) -> Iterator[str]:
    lines = [
        f"{line[0]}   {shorten(line[1:], _LONGEST)}"
        for line in islice(difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm=""), 2, None)
        if line[0] in "+-"
    ]
    yield from lines[:_LINES]
    if len(lines) > _LINES:
        yield f"  … {len(lines) - _LINES} more lines"
