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
from sandbox.sources import SAMPLE

Rows = Sequence[Mapping[str, object]]


class Expectation:
    """Of one job of the stack; `ConfigurationError` where the demo can't know what to expect."""

    def __init__(self, project: Path, stack_file: str, settings: Settings, job: str) -> None:
        for source, engine in SAMPLE.items():
            if source not in settings.sources or settings.sources[source].engine != engine:
                raise ConfigurationError(
                    f"{stack_file}: the demo needs the source '{source}' with engine '{engine}'; "
                    "for a stack without it there is 'lakehouse up'"
                )
        script = project / "jobs" / job / "job.sql"
        if not script.exists():
            raise ConfigurationError(f"jobs/{job}/job.sql: no such file, and the demo is about this job")
        self._settings = settings
        self._select = JobSelect(script.read_text(), f"jobs/{job}/job.sql")

    def sources(self, logins: Mapping[str, Login]) -> tuple[Login, str, Login, str]:
        """Both servers with their databases, as everything that works on the sample takes them."""
        erpdb, shipdb = self._settings.sources["erpdb"], self._settings.sources["shipdb"]
        return logins["mysql"], erpdb.database, logins["postgres"], shipdb.database

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
