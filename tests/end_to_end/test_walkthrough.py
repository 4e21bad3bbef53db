"""docs/walkthrough.md, command by command, in a copy of the project that is a repository of its own."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from sandbox.sample.sources import Sources
from tests.declared import PROJECT
from tests.end_to_end.project import Project
from tests.end_to_end.walkthrough import Step, missing, steps

PAGE = PROJECT / "docs" / "walkthrough.md"
TABLE = "iceberg_orders.orders_lake"
_COMMITTER = ["-c", "user.name=reader", "-c", "user.email=reader@example.com"]


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("walkthrough") / "project")
    (project.folder / ".gitignore").write_text(".sandbox/\n")
    # What a verdict follows from, beside the jobs.
    (project.folder / "images").unlink()
    shutil.copytree(PROJECT / "images", project.folder / "images", ignore=shutil.ignore_patterns("target"))
    (project.folder / "Pulumi.prod.yaml").write_text((PROJECT / "Pulumi.prod.yaml").read_text())
    (project.folder / "infra").mkdir()
    (project.folder / "infra" / "outputs.py").write_text((PROJECT / "infra" / "outputs.py").read_text())
    for arguments in (["init", "--quiet"], ["add", "-A"], [*_COMMITTER, "commit", "--quiet", "--message", "all"]):
        subprocess.run(["git", *arguments], cwd=project.folder, check=True)
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def test_every_command_of_the_page_does_what_it_says(project: Project) -> None:
    shell = Shell(project)
    for step in steps(PAGE):
        match step.kind:
            case "file":
                file = project.folder / step.path
                file.parent.mkdir(exist_ok=True)
                file.write_text(step.text)
            case "diff":
                subprocess.run(["git", "apply"], cwd=project.folder, input=step.text, text=True, check=True)
            case "command":
                if "lakehouse down" in step.text:
                    _compare(project)
                shell.run(step)


def _compare(project: Project) -> None:
    """After all of it the lake has each order once, as MySQL has it."""

    def expected() -> list[dict[str, object]]:
        orders = Sources.read(*project.sources).orders.values()
        return [{"order_id": order.order_id, "order_status": order.order_status.upper()} for order in orders]

    def found() -> list[dict[str, object]]:
        return project.query(f"SELECT order_id, order_status FROM {TABLE} ORDER BY order_id")

    wanted = sorted(expected(), key=lambda row: str(row["order_id"]).zfill(9))
    for _ in range(30):
        if found() == wanted:
            return
        time.sleep(1)
    assert found() == wanted


class Shell:
    """One bash for all commands: a variable that one sets, another has."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._before = ""

    def run(self, step: Step) -> None:
        command = step.text.replace(".venv/bin/lakehouse", f"{sys.executable} -m sandbox.cli")
        done = subprocess.run(
            ["bash", "-c", f"set -euo pipefail\n{self._before}\n{command}"],
            cwd=self._project.folder,
            env={**_environment(), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        printed = done.stdout + done.stderr
        print(f"$ {step.text}\n{printed}")
        assert done.returncode == 0, f"{step.text}: {printed}"
        assert missing(step, printed) == [], f"{step.text} printed:\n{printed}"
        if "=$(" in step.text:
            name = step.text.partition("=")[0]
            value = subprocess.run(
                ["bash", "-c", f'{command}\nprintf %s "${name}"'],
                cwd=self._project.folder,
                capture_output=True,
                text=True,
                check=True,
            )
            self._before = f"{name}='{value.stdout}'"


def _environment() -> dict[str, str]:
    names = {"GIT_AUTHOR_NAME": "reader", "GIT_AUTHOR_EMAIL": "reader@example.com"}
    return {**os.environ, **names, "GIT_COMMITTER_NAME": "reader", "GIT_COMMITTER_EMAIL": "reader@example.com"}
