"""Say what a change does before it is made."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from sandbox.commands.terminal import console, errors
from sandbox.session import find_project


def impact(
    commits: Annotated[str, typer.Argument(metavar="BASE..HEAD", help="BASE alone: the working tree against it.")],
    stack: Annotated[str, typer.Option("--stack", "-s", help="As this stack runs the jobs.")] = "prod",
    markdown: Annotated[Path | None, typer.Option(help="Write it to this file too, for a pull request.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Breaking or not: exit with 0.")] = False,
) -> None:
    """Say for each job whether its state survives a change, and for each table whether its readers do."""
    from impact import commits as git
    from impact import report
    from impact.jobs import job_verdicts
    from impact.tables import table_verdicts
    from impact.version import read_version

    project = find_project()
    base, head = git.parse(commits)
    with tempfile.TemporaryDirectory(prefix="lakehouse-impact-") as folder:
        before = read_version(git.export(project, base, Path(folder) / "before"), stack)
        after = read_version(git.export(project, head, Path(folder) / "after") if head else project, stack)
    found = report.Impact(base, head, stack, job_verdicts(before, after), table_verdicts(before, after))
    for table in report.rendered(found):
        console.print(table)
    if markdown is not None:
        markdown.write_text(report.markdown(found))
    if found.failing and not accept:
        errors.print(f"[bold red]error:[/bold red] {'; '.join(found.failing)}", highlight=False, soft_wrap=True)
        raise typer.Exit(1)
