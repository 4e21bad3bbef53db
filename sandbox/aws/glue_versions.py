"""Glue's optimistic lock, which moto lacks: `UpdateTable` with a `VersionId` that is not the current one is refused.

Iceberg commits by it. Without it, of two jobs that commit at the same time one loses its snapshot, and no one is told.
"""

import inspect
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.models import FakeTable, GlueBackend
from moto.glue.responses import GlueResponse

from sandbox.aws.local import AwsFailed

# Every operation that reads or writes a table's entry. moto takes no lock of its own, so they take turns at this one.
_OPERATIONS = (
    "create_table",
    "get_table",
    "get_tables",
    "delete_table",
    "batch_delete_table",
    "get_table_version",
    "get_table_versions",
    "delete_table_version",
)
_turn = threading.RLock()


class MotoChanged(AwsFailed):
    """moto is not built as this module expects; `str()` names the difference."""


class ConcurrentModification(JsonRESTError):
    """What Glue says to the slower of two writers, and what Iceberg answers with a refresh and another try."""

    code = 400

    def __init__(self) -> None:
        super().__init__(
            "ConcurrentModificationException",
            "Update table failed due to concurrent modifications.",
        )


# Patched by name, which type checkers rightly dislike.
_GLUE: Any = GlueResponse


def enforce_table_versions() -> None:
    """Make moto's Glue, in this whole process, refuse stale versions. Calling it again changes nothing.

    Raises `MotoChanged` when moto's Glue has changed so that this would not hold.
    """
    with _turn:
        if hasattr(_GLUE.update_table, "checks_version"):
            return
        _check_moto()
        for name in _OPERATIONS:
            setattr(_GLUE, name, _in_turn(getattr(_GLUE, name)))
        _GLUE.update_table = _in_turn(_checked(_GLUE.update_table))
        setattr(_GLUE.update_table, "checks_version", True)  # noqa: B010


def _in_turn(operation: Callable[[GlueResponse], Any]) -> Callable[[GlueResponse], Any]:
    @wraps(operation)
    def run(response: GlueResponse) -> Any:
        with _turn:
            return operation(response)

    return run


def _checked(
    update_table: Callable[[GlueResponse], Any],
) -> Callable[[GlueResponse], Any]:
    """`UpdateTable` as AWS has it: `VersionId` is compared, `SkipArchive` keeps no copy of what was replaced."""

    @wraps(update_table)
    def run(response: GlueResponse) -> Any:
        asked = response.parameters
        table: Any = response.glue_backend.get_table(asked["DatabaseName"], asked["TableInput"]["Name"])
        current: str = table.as_dict()["VersionId"]
        expected = asked.get("VersionId")
        if expected is not None and expected != current:
            raise ConcurrentModification()
        answer = update_table(response)
        if asked.get("SkipArchive"):
            table.delete_version(current)
        return answer

    return run


def _check_moto() -> None:
    """Try, on a table of our own, what the wrapper relies on."""
    for name in ("update_table", *_OPERATIONS):
        if not callable(getattr(GlueResponse, name, None)):
            raise MotoChanged(f"moto's GlueResponse has no {name}(); see sandbox/aws/glue_versions.py")
    parameters = list(inspect.signature(GlueBackend.update_table).parameters)
    if parameters != ["self", "database_name", "table_name", "table_input"]:
        raise MotoChanged(f"moto's Glue update_table now takes {parameters}: does it check VersionId itself?")
    try:
        table: Any = FakeTable("database", "table", {"Name": "table"}, catalog_id="0")
        before: object = table.as_dict()["VersionId"]
        table.update({"Name": "table", "Description": "changed"})
        table.delete_version(before)
        after: dict[str, object] = table.as_dict()
        counted = after["VersionId"] != before and after["Description"] == "changed"
    except Exception as error:  # whatever it is: moto's tables can't do what was asked of them
        raise MotoChanged(f"moto's Glue tables no longer count versions: {error!r}") from error
    if not counted:
        raise MotoChanged(f"moto's Glue tables no longer count versions: after {before!r} comes {after}")
