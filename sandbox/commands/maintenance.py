"""Keep tables quick to read."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.table import Table

from sandbox import maintenance
from sandbox.commands.terminal import console, running
from sandbox.maintenance import Maintained
from sandbox.session import find_project
from sandbox.state import FOLDER


def maintain(
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="[TABLE]…", help="As <database>.<table>; all if not said.")
    ] = None,
    keep_minutes: Annotated[
        int | None, typer.Option(min=0, help="Snapshots older than this go; else as the stack says, in days.")
    ] = None,
) -> None:
    """Compact tables and drop old snapshots and orphans, as Glue's optimizers do on AWS; jobs may write meanwhile."""
    from sandbox.program import read_settings

    project, state = find_project(), running()
    settings = read_settings(project, state.stack)
    written = maintenance.written_tables(project, settings, state)
    keep = None if keep_minutes is None else timedelta(minutes=keep_minutes)
    done = [
        maintenance.maintain(
            state.jobs[written[name][0].name],
            name,
            project / FOLDER / "run" / "maintenance",
            keep=keep,
            time_travel_days=settings.lake.time_travel_days,
        )
        for name in maintenance.chosen(tables or [], list(written))
    ]
    console.print(_rendered(done))


def _rendered(done: list[Maintained]) -> Table:
    shown = Table("table", "data files", "delete files", "snapshots", "files removed", "orphans")
    for each in done:
        before, after = each.before, each.after
        shown.add_row(
            each.table,
            f"{before.data_files} → {after.data_files}",
            f"{before.delete_files} → {after.delete_files}",
            f"{before.snapshots} → {after.snapshots}",
            str(each.files_expired),
            str(each.orphans_deleted),
        )
    return shown
