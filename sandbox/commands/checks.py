"""Hold the lake's tables against what their jobs promise of them."""

from dataclasses import dataclass
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from infra.errors import ConfigurationError
from infra.expectation_columns import check_expectations
from infra.jobs import Job, LakeTable, load_jobs
from infra.units import seconds
from infra.validation import nearest
from sandbox.commands.terminal import console, errors, running
from sandbox.session import find_project
from sandbox.state import State


def check(
    tables: Annotated[
        list[str] | None, typer.Argument(help="These alone, like 'orders.enriched_orders_lake'; else all.")
    ] = None,
) -> None:
    """Hold tables against the expectations and the freshness of their job.yaml; exits with 1 when one is broken."""
    from sandbox.athena.engine import Athena
    from sandbox.expectations import last_good, look_at

    state = running()
    assert state.aws is not None
    shown = Table("Table", "Promised", "Found", "For example", title_justify="left")
    breaches: list[str] = []
    with Athena(state.aws) as athena:
        for job, table in _wanted(_jobs(state), tables or []):
            name, age = _name(table), _freshness(state, job, table)
            finding = look_at(athena, table)
            shown.add_row(name, f"fresh: {table.write.freshness}", age.shown, "", style=None if age.kept else "red")
            if not age.kept:
                breaches.append(f"{name} ({job.manifest.owner}): {age.shown}; promised: {table.write.freshness}")
            for answer in finding.answers if finding else ():
                found = "held" if answer.held else f"{answer.violations:,} violation{'s' * (answer.violations > 1)}"
                style = None if answer.held else "red"
                shown.add_row("", escape(answer.expectation), found, escape(answer.sample or ""), style=style)
            if finding and not finding.held:
                broken = ", ".join(
                    f"{each.expectation}: {each.violations:,}" for each in finding.answers if not each.held
                )
                good = last_good(athena, table)
                breaches.append(
                    f"{name} ({job.manifest.owner}): {broken}, in the snapshot {finding.snapshot}; "
                    f"the last good snapshot: {good or 'none of those that were looked at'}"
                )
    console.print(shown)
    for breach in breaches:
        errors.print(f"[bold red]broken:[/bold red] {escape(breach)}", highlight=False, soft_wrap=True)
    raise typer.Exit(1 if breaches else 0)


@dataclass(frozen=True)
class _Freshness:
    kept: bool
    shown: str


def _freshness(state: State, job: Job, table: LakeTable) -> _Freshness:
    """By the job's own metric, which the alarm `stale` looks at on AWS."""
    from sandbox.flink.rest import FlinkRest

    age = FlinkRest(state.jobs[job.name].web).seconds_since_commit(_name(table))
    if age is None:
        return _Freshness(False, "its job does not run, or has not committed since it started")
    return _Freshness(age <= seconds(table.write.freshness), f"committed {age:.0f} s ago")


def _jobs(state: State) -> list[Job]:
    """Those that run, by their folders as they are now."""
    from sandbox.program import Here, read_settings

    project = find_project()
    jobs = load_jobs(project / "jobs", read_settings(project, state.stack, Here(jobs=tuple(state.jobs))))
    check_expectations(jobs, folder=project)
    return jobs


def _wanted(jobs: list[Job], names: list[str]) -> list[tuple[Job, LakeTable]]:
    """Tables by the names of job.yaml, or as Athena calls them."""
    known = {name: (job, table) for job in jobs for table in job.tables for name in (table.write.table, _name(table))}
    for name in names:
        if name not in known:
            raise ConfigurationError(f"{name}: no job that runs writes this table{nearest(name, list(known))}")
    return [known[name] for name in names] if names else [(job, table) for job in jobs for table in job.tables]


def _name(table: LakeTable) -> str:
    return f"{table.database}.{table.name}"
