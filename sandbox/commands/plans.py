"""What Flink makes of the jobs, without running them."""

from typing import Annotated

import typer
from rich.markup import escape

from sandbox.commands.terminal import console, errors
from sandbox.session import find_project


def plan(
    jobs: Annotated[list[str] | None, typer.Argument(help="These jobs; else all of jobs/.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 where a lock is not current.")
    ] = False,
) -> None:
    """Ask Flink's planner what each job is, and write it to jobs/<name>/plan.lock.json; nothing needs to run."""
    from sandbox.plan import plan_jobs

    found = plan_jobs(find_project(), jobs or (), check=check)
    for each in found:
        if each.error:
            errors.print(f"[bold red]error:[/bold red] {escape(each.error)}", highlight=False, soft_wrap=True)
            continue
        console.print(f"jobs/{each.job}/plan.lock.json: {each.outcome}", highlight=False)
        for operator in each.unseen:
            console.print(f"  the state of {escape(operator)}", highlight=False, soft_wrap=True)
    if check and any(each.outcome in ("stale", "missing") for each in found):
        errors.print("'lakehouse plan' writes them; commit what it writes.", highlight=False)
    if any(each.error or (check and each.outcome != "unchanged") for each in found):
        raise typer.Exit(1)
