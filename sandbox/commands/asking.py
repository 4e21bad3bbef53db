"""Ask the lake, as Athena or as Flink's SQL client would be asked."""

import sys
from typing import Annotated

import typer

from infra.errors import ConfigurationError
from infra.validation import nearest
from sandbox.commands.terminal import Format, console, running
from sandbox.session import find_project
from sandbox.state import FOLDER


def query(
    sql: Annotated[str, typer.Argument(help='A statement as Athena takes it, time travel and "table$history" too.')],
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.TABLE,
) -> None:
    """Ask the lake, as an analyst would ask Athena."""
    from sandbox.athena.engine import Athena
    from sandbox.athena.result import as_table, print_csv, to_json

    state = running()
    assert state.aws is not None
    with Athena(state.aws) as athena:
        result = athena.query(sql)
    match format_:
        case Format.TABLE:
            console.print(as_table(result))
        case Format.JSON:
            print(to_json(result))
        case Format.CSV:
            print_csv(result, sys.stdout)


def sql(
    context: typer.Context,
    job: Annotated[str | None, typer.Option(help="Like whose; the first job's if not said.")] = None,
) -> None:
    """Open Flink's SQL client on a cluster like a job's; what follows goes to it, like [bold]-f script.sql[/bold]."""
    from sandbox.flink.sql_client import run_sql_client

    state = running()
    name = job or next(iter(state.jobs))
    if name not in state.jobs:
        raise ConfigurationError(f"--job {name}: no such job runs{nearest(name, list(state.jobs))}")
    project = find_project()
    raise typer.Exit(run_sql_client(project, state, name, project / FOLDER / "run" / "sql", context.args))
