"""Start a sandbox, look at it, and end it."""

import time
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape

from sandbox.commands.terminal import (
    MySQL8Option,
    OrdersOption,
    PortOption,
    SeedOption,
    StackOption,
    console,
    errors,
    ports,
    print_hints,
    running,
)
from sandbox.loading import Loading
from sandbox.parts import Wishes
from sandbox.ports import assign
from sandbox.session import NotRunning, bring_down, bring_up, find_project
from sandbox.state import read_state, running_state


class HighAvailability(StrEnum):
    ZOOKEEPER = "zookeeper"


def up(
    jobs: Annotated[list[str] | None, typer.Argument(help="Run these alone; else those that the stack runs.")] = None,
    stack: StackOption = "sandbox",
    port: PortOption = None,
    orders: OrdersOption = 10_000,
    seed: SeedOption = 1,
    mysql8: MySQL8Option = False,
    ha: Annotated[
        HighAvailability | None, typer.Option("--ha", help="Two JobManagers for each job; this elects the leader.")
    ] = None,
) -> None:
    """Start everything, or say that it runs; it goes on in the background until [bold]lakehouse down[/bold]."""
    project = find_project()
    already = running_state(project) is not None
    flavour = "mysql8" if mysql8 else "mariadb"
    wishes = Wishes(stack, assign(ports(port)), orders, seed, flavour, tuple(jobs or ()), zookeeper=ha is not None)
    with Loading(console) as loading:
        state = bring_up(project, wishes, loading.show, owned=False)
    console.print("\n[bold]It runs already.[/bold]" if already else "\n[bold green]It runs.[/bold green]")
    print_hints(state)


def status() -> None:
    """Show what runs, where, and what of the stack cannot exist on one machine."""
    from sandbox.status import render

    project = find_project()
    state = running_state(project)
    if state is None:
        last = read_state(project)
        if last is not None and last.error:
            errors.print(f"The last sandbox failed: {escape(last.error)}", highlight=False)
        raise NotRunning
    console.print(render(state))


def scale(
    task_managers: Annotated[int, typer.Argument(metavar="N", min=1, help="So many TaskManagers.")],
    job: Annotated[str | None, typer.Option(help="For this job; may be left out where one runs.")] = None,
) -> None:
    """Give a running job another number of TaskManagers, and the parallelism to match; no row is lost."""
    from sandbox.requests import Scale, ask, chosen

    began = time.monotonic()
    ask(find_project(), chosen(job, list(running().jobs)), Scale(task_managers=task_managers))
    seconds = time.monotonic() - began
    console.print(f"It runs with {task_managers} TaskManager{'s' * (task_managers > 1)}, after {seconds:.0f} s.")


def logs(
    part: Annotated[str | None, typer.Argument(help="A part of its name, like 'jobmanager'; all if not said.")] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="So many of the last lines.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines are added, until Ctrl-C.")] = False,
) -> None:
    """Print the last lines of every part's log, or of one."""
    from sandbox.logs import print_logs

    state = read_state(find_project())
    if state is None:
        raise NotRunning
    print_logs(state.logs, part, lines, follow, console)


def down() -> None:
    """Stop everything that [bold]up[/bold] started; its data goes, its logs stay in .sandbox/run."""
    if bring_down(find_project()):
        console.print("Stopped; nothing of it is left running.")
    else:
        console.print("No sandbox is running.")
