"""Reads the file that a preview was written to, and says what it is when it is none."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pydantic

from review import values
from review.preview import Preview

_COMMAND = "pulumi preview --json --show-sames"
_REMEDY = f"it must be just what `{_COMMAND}` prints to its standard output"


class NotAPreview(Exception):
    """A file that is no preview: what it is instead, and the remedy."""


def read(file: Path) -> Preview:
    """The preview in `file`; raises `NotAPreview` for what is none."""
    try:
        text = file.read_text()
    except OSError as error:
        raise NotAPreview(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise NotAPreview(f"{file}: is no text; {_REMEDY}") from None
    if not text.strip():
        raise NotAPreview(f"{file}: is empty: the preview ended before it wrote anything; its own output says why")
    if _is_event(text.splitlines()[0]):
        raise NotAPreview(
            f"{file}: holds a stream of events; unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW,\n"
            f"so that `{_COMMAND}` prints one document"
        )
    try:
        document: object = json.loads(text)
    except ValueError as error:
        raise NotAPreview(f"{file}: is not JSON: {error}; {_REMEDY}") from None
    return _checked(file, document)


def _is_event(line: str) -> bool:
    try:
        return "sequence" in json.loads(line)
    except (ValueError, TypeError):
        return False


def _checked(file: Path, document: object) -> Preview:
    if not isinstance(document, dict):
        raise NotAPreview(f"{file}: holds a JSON {type(document).__name__}, no preview; {_REMEDY}")
    if not cast(dict[str, Any], document).keys() & {"steps", "diagnostics", "changeSummary"}:
        raise NotAPreview(f"{file}: has neither steps nor diagnostics, so it is no preview; {_REMEDY}")
    try:
        return Preview.model_validate(document)
    except pydantic.ValidationError as error:
        raise NotAPreview("\n".join(_mistakes(file, error.errors()))) from None


def _mistakes(file: Path, errors: Sequence[Any]) -> list[str]:
    if any(error["loc"][-1] == "detailedDiff" and error["type"] == "missing" for error in errors):
        return [
            f"{file}: its steps have no detailedDiff: an older Pulumi wrote it;",
            "preview with the version that requirements.lock pins",
        ]
    first = errors[0]
    where = values.path_text(first["loc"])
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return [
        f"{file}: {where}: {first['msg']}{more}:",
        "Pulumi has changed what it prints; adapt review/preview.py to it",
    ]
