"""What answers queries: Athena, or the sandbox of this checkout."""

from typing import Protocol

from lakehouse.rows import Rows


class Engine(Protocol):
    def query(self, sql: str, *, database: str | None) -> Rows:
        """The answer to one statement; `database` is where tables without one are looked for. Raises `QueryFailed` or
        `NoAccess`."""
        ...

    def __str__(self) -> str:
        """What answers, and as whom."""
        ...
