"""Show what the lake holds, and what is promised of it."""

import webbrowser
from typing import Annotated

import typer

from sandbox.commands.terminal import console
from sandbox.session import find_project
from sandbox.state import running_state


def docs(
    stack: Annotated[
        str | None,
        typer.Option("--stack", "-s", help="Of this stack file; else of the sandbox that runs, or could."),
    ] = None,
    show: Annotated[bool, typer.Option("--open", help="Show it in a browser.")] = False,
) -> None:
    """Write the data catalogue, one page: .sandbox/catalogue.html."""
    from sandbox.catalogue import PLAYED, write

    project = find_project()
    state = running_state(project)
    if state is not None and (state.phase != "running" or stack not in (None, state.stack)):
        state = None
    file = write(project, stack or (state.stack if state else PLAYED), state)
    console.print(f"{file}", highlight=False, soft_wrap=True)
    if state is None:
        console.print("No sandbox runs this stack: the page has what it declares, and nothing measured.")
    if show and not webbrowser.open(file.as_uri()):
        console.print("There is no browser here to show it in.")
