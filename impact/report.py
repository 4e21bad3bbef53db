"""Verdicts as text for a terminal, and as Markdown for the comment on a pull request."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from impact.jobs import Fate, JobVerdict
from impact.tables import Change, TableVerdict
from review.markdown import code, head, row


@dataclass(frozen=True)
class Impact:
    """What a change does."""

    base: str
    head: str | None
    """None: the working tree."""
    stack: str
    jobs: Sequence[JobVerdict]
    tables: Sequence[TableVerdict]

    @property
    def failing(self) -> list[str]:
        """What somebody has to accept."""
        return [
            *[f"{each.job}: {each.fate}" for each in self.jobs if each.fails],
            *[f"{each.table}: {each.change}" for each in self.tables if each.fails],
        ]


def markdown(impact: Impact) -> str:
    """A section of the comment, the same for the same verdicts."""
    jobs = [each for each in impact.jobs if each.fate is not Fate.UNCHANGED]
    tables = [each for each in impact.tables if each.change is not Change.UNCHANGED]
    if not jobs and not tables:
        return "#### Running jobs and tables\n\nAll jobs and tables stay as they are.\n"
    parts = ["#### Running jobs and tables"]
    if jobs:
        rows = [row(code(each.job), f"**{each.fate}**", _lines(each.changes), _why(each)) for each in jobs]
        parts.append("\n".join([head("job", "verdict", "because of", "why, and what to do"), *rows]))
    if tables:
        rows = [row(code(each.table), f"**{each.change}**", _of_table(each)) for each in tables]
        parts.append("\n".join([head("table", "verdict", "what changes"), *rows]))
    return "\n\n".join(parts) + "\n"


def rendered(impact: Impact) -> list[Table]:
    """Two tables for the terminal: every job, every table."""
    jobs = Table("job", "verdict", "because of", "why, and what to do", show_lines=True)
    for each in impact.jobs:
        jobs.add_row(each.job, each.fate.value, "\n".join(each.changes), "\n".join([*each.reasons, *_arrows(each)]))
    tables = Table("table", "verdict", "what changes", show_lines=True)
    for each in impact.tables:
        tables.add_row(each.table, each.change.value, "\n".join(_reasons(each)))
    return [jobs, tables]


def _why(verdict: JobVerdict) -> str:
    return _lines([*verdict.reasons, *_arrows(verdict)])


def _arrows(verdict: JobVerdict) -> list[str]:
    return [f"→ {remedy}" for remedy in verdict.remedies]


def _of_table(verdict: TableVerdict) -> str:
    return _lines(_reasons(verdict))


def _reasons(verdict: TableVerdict) -> list[str]:
    said = list(verdict.reasons)
    if verdict.change is Change.BREAKING:
        said.append(
            "announced: the contract's major version moves"
            if verdict.announced
            else "→ keep it and write a new table beside it, or move CONTRACT_VERSION to the next major version"
        )
    return said


def _lines(texts: Sequence[str]) -> str:
    return "<br>".join(_plain(text) for text in texts)


def _plain(text: str) -> str:
    """Nothing in a name or a type does anything in Markdown or HTML."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{each}" if each in "\\`*_[]" else each for each in escaped)
