"""What the verbs of `lakehouse` share: where they print, options that several have, and the sandbox that runs."""

import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from infra.errors import ConfigurationError
from sandbox.ports import SERVERS, parse
from sandbox.session import NotRunning, find_project
from sandbox.state import State, running_state

# Into a file or a pipe, tables as wide as on a usual terminal.
_WIDTH = None if sys.stdout.isatty() else 140
console = Console(width=_WIDTH)
errors = Console(stderr=True)


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


StackOption = Annotated[str, typer.Option("--stack", "-s", help="Which stack file to run: Pulumi.<stack>.yaml.")]
PortOption = Annotated[
    list[str] | None,
    typer.Option("--port", metavar="NAME=NUMBER", help=f"Fix a port of {', '.join(SERVERS)}; else a free one."),
]
OrdersOption = Annotated[int, typer.Option(min=1, help="Sample orders to load.")]
SeedOption = Annotated[int, typer.Option(help="Of the sample and the changes: the same seed, the same data.")]
MySQL8Option = Annotated[
    bool, typer.Option("--mysql8", help="Real MySQL 8 instead of MariaDB (after 'make setup-mysql8').")
]


def ports(given: list[str] | None) -> dict[str, int]:
    return dict(parse(each) for each in given or [])


def running() -> State:
    """The sandbox of this project; raises `NotRunning` where there is none, and `ConfigurationError` while it starts or
    ends."""
    state = running_state(find_project())
    if state is None:
        raise NotRunning
    if state.phase != "running":
        raise ConfigurationError(f"the sandbox is {state.phase}; see 'lakehouse status'")
    return state


def print_hints(state: State) -> None:
    for name, job in state.jobs.items():
        console.print(f"  {name}: Flink's web interface at {job.web}", highlight=False)
    console.print(
        '  [bold]lakehouse query[/bold] "SHOW DATABASES"   ask the lake, as Athena would be asked\n'
        "  [bold]lakehouse sql[/bold]      Flink's SQL client on the running cluster\n"
        "  [bold]lakehouse status[/bold]   what runs, and where\n"
        "  [bold]lakehouse down[/bold]     stop everything",
        highlight=False,
    )
