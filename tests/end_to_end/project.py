"""A copy of the project in a folder of its own, and the `lakehouse` command run in it as a user runs it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.aws.local import aws_client
from sandbox.sources import SECRETS
from sandbox.state import State, read_state
from tests.declared import PROJECT


@dataclass(frozen=True)
class Project:
    folder: Path

    @classmethod
    def copy(cls, folder: Path) -> "Project":
        """What a project consists of; the image's context is only linked, since the program reads but does not build
        it."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("Pulumi.yaml", "Pulumi.sandbox.yaml", "__main__.py"):
            shutil.copy(PROJECT / name, folder)
        shutil.copytree(PROJECT / "jobs", folder / "jobs")
        (folder / "images").symlink_to(PROJECT / "images")
        return cls(folder)

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (self.folder / file).write_text(text.replace(old, new))

    def lakehouse(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=240
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """In the background, as a group of its own, so that a signal hits it as a terminal's would."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "sandbox.cli", *arguments]

    @property
    def state(self) -> State:
        state = read_state(self.folder)
        assert state is not None, "there was never a sandbox"
        return state

    def children(self) -> list[psutil.Process]:
        """Every process that the supervisor started."""
        return psutil.Process(self.state.pid).children(recursive=True)

    def part(self, *words: str) -> psutil.Process:
        """The one process of the sandbox with all these words in its command line."""
        (found,) = [child for child in self.children() if all(word in " ".join(child.cmdline()) for word in words)]
        return found

    def published_passwords(self) -> list[str]:
        """Those that jobs log in with, from the played Secrets Manager."""
        assert self.state.aws is not None
        client = aws_client(self.state.aws, "secretsmanager")
        return [
            json.loads(client.get_secret_value(SecretId=name)["SecretString"])["password"] for name in SECRETS.values()
        ]

    def left_running(self) -> list[str]:
        """The command lines of this project's processes: each has its folder in it, or the home of a PostgreSQL that is
        named for the project's supervisor."""
        state = read_state(self.folder)
        home = re.compile(rf"/lakehouse-\S+-{state.pid if state else 0}-\d+/")
        commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
        return [command for command in commands if str(self.folder) in command or home.search(command)]

    def refusal(self, *arguments: str) -> str:
        """What a command that must fail says: one to five lines, no traceback, no further process left."""
        before = set(self.left_running())
        run = self.lakehouse(*arguments)
        said = run.stderr.strip()
        assert run.returncode == 1, run.stdout + said
        assert said.startswith("error: "), said
        assert 1 <= len(said.splitlines()) <= 5, said
        assert "Traceback" not in said
        assert set(self.left_running()) <= before
        return said.removeprefix("error: ")


def interrupt(process: "subprocess.Popen[str]") -> str:
    """Ctrl-C in the terminal of a command; gives what it printed."""
    os.killpg(process.pid, signal.SIGINT)
    return process.communicate(timeout=120)[0]
