"""`lakehouse`: the whole stack on one machine, from the same program and job folders that `pulumi up` deploys."""

import signal
import subprocess
import sys
from enum import StrEnum
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from infra.errors import ConfigurationError
from infra.validation import nearest
from sandbox.loading import Loading
from sandbox.parts import Wishes
from sandbox.ports import SERVERS, assign, parse
from sandbox.session import NotRunning, SandboxFailed, bring_down, bring_up, find_project
from sandbox.state import FOLDER, State, read_state, running_state
from sandbox.supervisor import EXPECTED

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# Into a file or a pipe, tables as wide as on a usual terminal.
_WIDTH = None if sys.stdout.isatty() else 140
console = Console(width=_WIDTH)
errors = Console(stderr=True)
_INTERRUPTED = 130
"""The exit code after Ctrl-C: that of a shell's command which a SIGINT ended."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class HighAvailability(StrEnum):
    ZOOKEEPER = "zookeeper"


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


@app.command()
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
    wishes = Wishes(stack, assign(_ports(port)), orders, seed, flavour, tuple(jobs or ()), zookeeper=ha is not None)
    with Loading(console) as loading:
        state = bring_up(project, wishes, loading.show, owned=False)
    console.print("\n[bold]It runs already.[/bold]" if already else "\n[bold green]It runs.[/bold green]")
    _print_hints(state)


@app.command()
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


@app.command()
def scale(
    task_managers: Annotated[int, typer.Argument(metavar="N", min=1, help="So many TaskManagers.")],
    job: Annotated[str | None, typer.Option(help="For this job; may be left out where one runs.")] = None,
) -> None:
    """Give a running job another number of TaskManagers, and the parallelism to match; no row is lost."""
    from sandbox.scaling import scale_job

    seconds = scale_job(find_project(), _running(), job, task_managers)
    console.print(f"It runs with {task_managers} TaskManager{'s' * (task_managers > 1)}, after {seconds:.0f} s.")


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help='A statement as Athena takes it, time travel and "table$history" too.')],
    format_: Annotated[Format, typer.Option("--format", "-f", help="How to print the answer.")] = Format.TABLE,
) -> None:
    """Ask the lake, as an analyst would ask Athena."""
    from sandbox.athena.engine import Athena
    from sandbox.athena.result import as_table, print_csv, to_json

    state = _running()
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


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def sql(
    context: typer.Context,
    job: Annotated[str | None, typer.Option(help="Like whose; the first job's if not said.")] = None,
) -> None:
    """Open Flink's SQL client on a cluster like a job's; what follows goes to it, like [bold]-f script.sql[/bold]."""
    from sandbox.flink.sql_client import run_sql_client

    state = _running()
    name = job or next(iter(state.jobs))
    if name not in state.jobs:
        raise ConfigurationError(f"--job {name}: no such job runs{nearest(name, list(state.jobs))}")
    project = find_project()
    raise typer.Exit(run_sql_client(project, state, name, project / FOLDER / "run" / "sql", context.args))


@app.command(
    "weborders", context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
)
def web_orders_(context: typer.Context) -> None:
    """Run the web shop's program: [bold]generate[/bold] orders or [bold]process[/bold] them; --help has its options."""
    from sandbox import web_orders
    from sandbox.program import read_settings

    state, project = _running(), find_project()
    sources = read_settings(project, state.stack).sources
    environment = web_orders.environment(state, sources)
    command = web_orders.command(context.args or ["--help"])
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)


@app.command()
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


@app.command()
def down() -> None:
    """Stop everything that [bold]up[/bold] started; its data goes, its logs stay in .sandbox/run."""
    if bring_down(find_project()):
        console.print("Stopped; nothing of it is left running.")
    else:
        console.print("No sandbox is running.")


class Flow(StrEnum):
    DATABASES = "databases"
    WEBORDERS = "weborders"


@app.command()
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
    ports = assign(_ports(port))
    if flow is Flow.WEBORDERS:
        from sandbox.demo.web_orders import JOBS, WebOrdersDemo

        with WebOrdersDemo(project, Wishes(stack, ports, orders, seed, flavour, JOBS), console, keep=keep) as running:
            report = running.run(seconds=seconds, rate=rate)
    else:
        from sandbox.demo.run import JOB, Demo

        with Demo(project, Wishes(stack, ports, orders, seed, flavour, (JOB,)), console, keep=keep) as running:
            report = running.run(seconds=seconds, rate=rate)
    if keep:
        _print_hints(_running())
    if report.rows_different:
        raise typer.Exit(1)


def _ports(given: list[str] | None) -> dict[str, int]:
    return dict(parse(each) for each in given or [])


def _running() -> State:
    state = running_state(find_project())
    if state is None:
        raise NotRunning
    if state.phase != "running":
        raise ConfigurationError(f"the sandbox is {state.phase}; see 'lakehouse status'")
    return state


def _print_hints(state: State) -> None:
    for name, job in state.jobs.items():
        console.print(f"  {name}: Flink's web interface at {job.web}", highlight=False)
    console.print(
        '  [bold]lakehouse query[/bold] "SHOW DATABASES"   ask the lake, as Athena would be asked\n'
        "  [bold]lakehouse sql[/bold]      Flink's SQL client on the running cluster\n"
        "  [bold]lakehouse status[/bold]   what runs, and where\n"
        "  [bold]lakehouse down[/bold]     stop everything",
        highlight=False,
    )


def main() -> int:
    """The console script: the exit code is 0, 1 after an error of a few lines, 2 after a mistake in the command
    line, or 130 after Ctrl-C."""
    from sandbox.athena.tables import QueryError
    from sandbox.scaling import ScalingFailed

    # `kill` and a closed terminal end a command as Ctrl-C does: what it started is stopped first.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        app()
    except (*EXPECTED, SandboxFailed, NotRunning, QueryError, ScalingFailed) as error:
        errors.print(f"[bold red]error:[/bold red] {escape(str(error))}", highlight=False, soft_wrap=True)
        return 1
    except SystemExit as end:
        # Typer's own: 2 after a mistake in the command line, which it has shown, or how a command ended.
        if end.code == _INTERRUPTED:
            errors.print("\nStopped; nothing of it is left running.")
        return end.code if isinstance(end.code, int) else 0
    return 0


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
