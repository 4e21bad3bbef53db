"""Property values of a preview: what differs between two, where, and how they are shown."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast

from policy.resources import UNKNOWN

Path = tuple[str | int, ...]


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT
"""Where there is no value. (None is one.)"""

SECRET: Final = "[secret]"
"""What Pulumi writes in place of a secret (pulumi: pkg/backend/display/json.go)."""

PLACEHOLDER: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What it writes in place of a value that is known only after something else was deployed (pulumi:
pkg/resource/stack/deployment.go, computedValuePlaceholder)."""

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\.?([^.\[]+)')
_PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")


@dataclass(frozen=True)
class Change:
    """A value that differs."""

    path: Path
    before: Any
    after: Any

    @property
    def is_unknown(self) -> bool:
        """Whether what comes is unknown, and so may be what was."""
        return has_unknown(self.after)


def known(value: Any) -> Any:
    """`value` with `UNKNOWN` in place of Pulumi's placeholder, and without what providers note for themselves."""
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {key: known(part) for key, part in items if not key.startswith("__")}
    if isinstance(value, list):
        return [known(part) for part in cast(list[Any], value)]
    return UNKNOWN if value == PLACEHOLDER else value


def has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(has_unknown, cast(dict[str, Any], value).values()))
    if isinstance(value, list):
        return any(map(has_unknown, cast(list[Any], value)))
    return value is UNKNOWN


def differences(before: Any, after: Any, path: Path = ()) -> Iterator[Change]:
    """The smallest values that differ, in the order of their paths."""
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast(dict[str, Any], before), cast(dict[str, Any], after)
        for key in sorted({*old, *new}):
            yield from differences(old.get(key, ABSENT), new.get(key, ABSENT), (*path, key))
    elif isinstance(before, list) and isinstance(after, list):
        olds, news = cast(list[Any], before), cast(list[Any], after)
        for index in range(max(len(olds), len(news))):
            yield from differences(_item(olds, index), _item(news, index), (*path, index))
    elif not _is_same(before, after):
        yield Change(path, before, after)


def _is_same(before: Any, after: Any) -> bool:
    # To Python 1 and True are equal.
    return before == after and isinstance(before, bool) == isinstance(after, bool)


def _item(items: Sequence[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def lookup(value: Any, path: Path) -> Any:
    """What stands at `path`; `ABSENT` where nothing does."""
    for step in path:
        if isinstance(value, dict):
            value = cast(dict[Any, Any], value).get(step, ABSENT)
        elif isinstance(value, list) and isinstance(step, int):
            value = _item(cast(list[Any], value), step)
        else:
            return ABSENT
    return value


def parse_path(text: str) -> Path:
    """A property path as Pulumi writes it: `data["job.sql"]`, `spec.job.args[2]`."""
    return tuple(
        int(index) if index else key or re.sub(r"\\(.)", r"\1", quoted) for quoted, index, key in _STEP.findall(text)
    )


def path_text(path: Path) -> str:
    """The same way back."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}"
        else:
            text += f"[{json.dumps(step, ensure_ascii=False)}]"
    return text.removeprefix(".")


def value_text(value: Any, longest: int = 100) -> str:
    """`value` as JSON on one line, its middle cut out where it is longer than `longest` characters."""
    if value is ABSENT:
        return "nothing"
    if value is UNKNOWN:
        return "unknown"
    if value == SECRET:
        return SECRET
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=lambda part: part.value)
    return shorten(text, longest)


def shorten(text: str, longest: int) -> str:
    """Both ends of a text that is too long: what tells two apart is more often there than in between."""
    if len(text) <= longest:
        return text
    begin = longest // 3
    return f"{text[:begin]}…{text[begin + 1 - longest :]}"
