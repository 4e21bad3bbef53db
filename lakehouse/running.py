"""The sandbox of this checkout, where one runs: it answers for its stack in Athena's place."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.errors import QueryFailed
from lakehouse.rows import Rows

if TYPE_CHECKING:
    from sandbox.addresses import Aws
    from sandbox.athena.engine import Athena


@dataclass(frozen=True)
class Sandbox:
    """A running one."""

    stack: str
    folder: Path
    """The checkout."""
    aws: "Aws"

    @property
    def outputs(self) -> Path:
        return outputs_file(self.folder)

    def contract(self) -> object:
        return json.loads(self.outputs.read_text())["contract"]


def running_sandbox() -> Sandbox | None:
    """That of the checkout in which the current folder is; None where none runs, or this is no checkout."""
    try:
        from sandbox.session import find_project
        from sandbox.state import running_state
    except ModuleNotFoundError:  # the client alone is installed
        return None
    from infra.errors import ConfigurationError

    try:
        folder = find_project()
    except ConfigurationError:
        return None
    state = running_state(folder)
    if state is None or state.phase != "running" or state.aws is None or not outputs_file(folder).exists():
        return None
    return Sandbox(state.stack, folder, state.aws)


def outputs_file(folder: Path) -> Path:
    return folder / ".sandbox" / "run" / "outputs.json"


class SandboxEngine:
    """DuckDB, over the tables that the sandbox's jobs write."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._athenas: dict[str | None, Athena] = {}

    def query(self, sql: str, *, database: str | None) -> Rows:
        from sandbox.athena.engine import QueryError

        try:
            result = self._athena(database).query(sql)
        except QueryError as error:
            raise QueryFailed(str(error)) from error
        return Rows(result.columns, result.rows)

    def _athena(self, database: str | None) -> "Athena":
        from sandbox.athena.engine import Athena

        if database not in self._athenas:
            self._athenas[database] = Athena(self._sandbox.aws, database=database)
        return self._athenas[database]

    def __str__(self) -> str:
        return f"the sandbox of {self._sandbox.folder}"
