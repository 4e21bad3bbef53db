"""What the demo expects of the lake: the job's own SELECT over the sources as they are now, by another engine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from infra.errors import ConfigurationError
from infra.settings import Settings
from sandbox.addresses import Login
from sandbox.demo.comparison import normal
from sandbox.demo.freshness import Commit
from sandbox.demo.job_select import JobSelect
from sandbox.sample.sources import Sources
from sandbox.sources import SAMPLE, sample_databases

Rows = Sequence[Mapping[str, object]]


class Expectation:
    """Of one job of the stack; `ConfigurationError` where the demo can't know what to expect."""

    def __init__(self, project: Path, stack_file: str, settings: Settings, job: str) -> None:
        databases = sample_databases(settings.sources)
        if databases is None:
            needed = " and ".join(f"'{source}' with engine '{engine}'" for source, engine in SAMPLE.items())
            raise ConfigurationError(
                f"{stack_file}: the demo needs the sources {needed}; for a stack without them there is 'lakehouse up'"
            )
        self._databases = databases
        script = project / "jobs" / job / "job.sql"
        if not script.exists():
            raise ConfigurationError(f"jobs/{job}/job.sql: no such file, and the demo is about this job")
        self._select = JobSelect(script.read_text(), f"jobs/{job}/job.sql")

    def sources(self, logins: Mapping[str, Login]) -> tuple[Login, str, Login, str]:
        """Both servers with their databases, as everything that works on the sample takes them."""
        return logins["mysql"], self._databases["erpdb"], logins["postgres"], self._databases["shipdb"]

    def rows(self, logins: Mapping[str, Login], columns: Sequence[str]) -> list[dict[str, object]]:
        """Every row that the table should have, read afresh, under the names of its `columns`."""
        return self._select.rows(Sources.read(*self.sources(logins)), columns)

    def comparable(self, logins: Mapping[str, Login], expected: Rows, commits: Sequence[Commit]) -> list[Commit]:
        """The commits without those columns in which a changed SELECT gives something else than the plain join.

        The plain join is what each change is known to lead to (`changes.Change.effect`).
        """
        joined: dict[object, dict[str, object]] = {
            row.order_id: row._asdict() for row in Sources.read(*self.sources(logins)).all_enriched()
        }
        other = {
            column
            for row in expected
            for column, value in row.items()
            if normal(joined.get(row.get("order_id"), {}).get(column)) != normal(value)
        }
        return [
            replace(commit, rows={key: row and _without(row, other) for key, row in commit.rows.items()})
            for commit in commits
        ]


def _without(row: Mapping[str, object], columns: set[str]) -> dict[str, object]:
    return {column: value for column, value in row.items() if column not in columns}
