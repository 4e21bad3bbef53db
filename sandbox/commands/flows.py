"""Run a flow on live data, or a part of one."""

import subprocess
from collections import Counter
from enum import StrEnum
from typing import Annotated

import typer

from infra.errors import ConfigurationError
from sandbox.commands.terminal import (
    MySQL8Option,
    OrdersOption,
    PortOption,
    SeedOption,
    StackOption,
    console,
    ports,
    print_hints,
    running,
)
from sandbox.parts import Wishes
from sandbox.ports import assign
from sandbox.session import find_project


def weborders(context: typer.Context) -> None:
    """Run the web shop's program: [bold]generate[/bold] orders or [bold]process[/bold] them; --help has its options."""
    from sandbox import web_orders
    from sandbox.program import read_settings

    state, project = running(), find_project()
    sources = read_settings(project, state.stack).sources
    environment = web_orders.environment(state, sources)
    command = web_orders.command(context.args or ["--help"])
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)


def changes(
    count: Annotated[int, typer.Argument(metavar="N", min=1, help="So many of them.")] = 100,
    rate: Annotated[int, typer.Option(min=1, help="Changes per second.")] = 50,
    seed: SeedOption = 1,
) -> None:
    """Insert, update and delete sample orders, products and shipments, as a day in the shop would."""
    from sandbox.demo.changes import ChangeStream
    from sandbox.program import read_settings
    from sandbox.sources import sample_sources

    project, state = find_project(), running()
    sources = sample_sources(state.databases, read_settings(project, state.stack).sources)
    if sources is None:
        raise ConfigurationError(f"the stack '{state.stack}' has not the sample's databases, erpdb and shipdb")
    made = Counter(change.kind.split()[0] for change in ChangeStream(*sources, seed=seed, rate=rate).run(count=count))
    console.print(f"{made.total()} changes, {', '.join(f'{number} {kind}s' for kind, number in sorted(made.items()))}.")


class Flow(StrEnum):
    DATABASES = "databases"
    WEBORDERS = "weborders"


def demo(
    flow: Annotated[
        Flow,
        typer.Option(help="databases: changes of both; weborders: orders by Kafka into both, and on into the lake."),
    ] = Flow.DATABASES,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running afterwards.")] = False,
    stack: StackOption = "sandbox",
    orders: OrdersOption = 10_000,
    seconds: Annotated[int, typer.Option(min=1, help="How long changes are applied.")] = 30,
    rate: Annotated[int, typer.Option(min=1, help="Changes per second.")] = 50,
    seed: SeedOption = 1,
    port: PortOption = None,
    mysql8: MySQL8Option = False,
) -> None:
    """Run a flow on live data, compare every row, measure freshness; writes .sandbox/report.html."""
    project = find_project()
    flavour = "mysql8" if mysql8 else "mariadb"
    servers = assign(ports(port))
    if flow is Flow.WEBORDERS:
        from sandbox.demo.web_orders import JOBS, WebOrdersDemo

        with WebOrdersDemo(project, Wishes(stack, servers, orders, seed, flavour, JOBS), console, keep=keep) as started:
            good = started.run(seconds=seconds, rate=rate).correct
    else:
        from sandbox.demo.run import JOB, Demo

        with Demo(project, Wishes(stack, servers, orders, seed, flavour, (JOB,)), console, keep=keep) as started:
            report = started.run(seconds=seconds, rate=rate)
            good = report.correct and report.as_promised
    if keep:
        print_hints(running())
    if not good:
        raise typer.Exit(1)
