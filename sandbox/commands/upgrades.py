"""Savepoints of running jobs, and what is done with them."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from infra.errors import ConfigurationError
from sandbox.commands.terminal import console, running
from sandbox.savepoints import Savepoint
from sandbox.session import find_project
from sandbox.state import Answer, State

JobArgument = Annotated[str | None, typer.Argument(help="Which job; may be left out where one runs.")]


def savepoint(
    job: JobArgument = None,
    list_: Annotated[bool, typer.Option("--list", help="Show those that there are, and take none.")] = False,
) -> None:
    """Take a savepoint of a running job, with what belongs to it in the lake and in PostgreSQL."""
    from sandbox.requests import TakeSavepoint, ask, chosen

    state = running()
    if list_:
        console.print(_listed(state, job))
        return
    answer = ask(find_project(), chosen(job, list(state.jobs), ""), TakeSavepoint())
    assert answer.savepoint is not None
    _show(answer.savepoint)


def upgrade(job: JobArgument = None) -> None:
    """Go on with a running job as its folder has it now, from a savepoint; back to how it was where that can't be."""
    from sandbox.plan import plan_jobs
    from sandbox.requests import Upgrade, ask, chosen

    name, project = chosen(job, list(running().jobs), ""), find_project()
    # What Flink won't have is better known before anything stops.
    (planned,) = plan_jobs(project, [name], check=True)
    if planned.error:
        raise ConfigurationError(planned.error)
    answer = ask(project, name, Upgrade())
    for note in answer.notes:
        console.print(f"{name}: {note}.")
    if answer.savepoint:
        console.print(f"[bold green]{name} runs as its folder has it now.[/bold green]")
        _show_downtime(answer)
        console.print(f"  back to before: {answer.savepoint.path}", highlight=False, soft_wrap=True)


def rewind(
    to: Annotated[str, typer.Option("--to", help="A savepoint: its path, or the last part of it.")],
    job: JobArgument = None,
) -> None:
    """Put a running job and its tables in the lake back to where they were at a savepoint; it goes on from there."""
    from sandbox.requests import Rewind, ask, chosen

    name = chosen(job, list(running().jobs), "")
    answer = ask(find_project(), name, Rewind(to=to))
    assert answer.savepoint is not None
    console.print(f"[bold green]{name} goes on from {to.rstrip('/').rsplit('/', 1)[-1]}.[/bold green]")
    _show_downtime(answer)
    console.print(f"  what it was stopped with: {answer.savepoint.path}", highlight=False, soft_wrap=True)


def _show(taken: Savepoint) -> None:
    console.print(taken.path, highlight=False, soft_wrap=True)
    console.print(f"  checkpoint {taken.checkpoint}", highlight=False)
    for table, at in taken.tables.items():
        files = f", and the files of {len(at.pending)} manifests to commit" if at.pending else ""
        console.print(f"  {table}: snapshot {at.snapshot or 'none yet'}{files}", highlight=False)
    for held in taken.slots:
        console.print(f"  {held.slot}: PostgreSQL keeps its log for {held.copy_name}", highlight=False)


def _show_downtime(answer: Answer) -> None:
    console.print(
        f"  down for {answer.down_seconds:.1f} s, from the request to stop until all its tasks ran again",
        highlight=False,
    )
    for table, seconds in answer.gaps.items():
        console.print(f"  {table}: {seconds:.1f} s between its last commit before and the first after", highlight=False)


def _listed(state: State, job: str | None) -> Table:
    table = Table("job", "taken (UTC)", "checkpoint", "savepoint", box=None, padding=(0, 2))
    for each in state.savepoints:
        if job in (None, each.job):
            at = datetime.fromtimestamp(each.taken_at, UTC)
            table.add_row(each.job, f"{at:%H:%M:%S}", str(each.checkpoint), each.name)
    return table
