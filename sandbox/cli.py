"""`lakehouse`: the whole stack on one machine, from the same program and job folders that `pulumi up` deploys."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer
from rich.markup import escape

from sandbox.commands import asking, catalogue, checks, flows, impact, maintenance, plans, running, upgrades
from sandbox.commands.terminal import errors
from sandbox.session import NotRunning, SandboxFailed
from sandbox.supervisor import EXPECTED

app = typer.Typer(
    help=__doc__,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_INTERRUPTED = 130
"""The exit code after Ctrl-C: that of a shell's command which a SIGINT ended."""
_PASSES_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
"""What follows is another program's."""

# In the order in which `lakehouse --help` lists them.
app.command()(running.up)
app.command()(running.status)
app.command()(running.scale)
app.command()(asking.query)
app.command(context_settings=_PASSES_ON)(asking.sql)
app.command()(flows.changes)
app.command()(checks.check)
app.command()(catalogue.docs)
app.command(context_settings={**_PASSES_ON, "help_option_names": []})(flows.weborders)
app.command()(plans.plan)
app.command()(impact.impact)
app.command()(upgrades.upgrade)
app.command()(upgrades.savepoint)
app.command()(upgrades.rewind)
app.command()(maintenance.maintain)
app.command()(running.logs)
app.command()(running.down)
app.command()(flows.demo)


def main() -> int:
    """The console script: the exit code is 0, 1 after an error of a few lines, 2 after a mistake in the command
    line, or 130 after Ctrl-C."""
    from sandbox.athena.tables import QueryError
    from sandbox.maintenance import MaintenanceFailed
    from sandbox.requests import Refused

    # `kill` and a closed terminal end a command as Ctrl-C does: what it started is stopped first.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        app()
    except (*EXPECTED, SandboxFailed, NotRunning, QueryError, Refused, MaintenanceFailed) as error:
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
