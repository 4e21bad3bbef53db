"""A copy of the project in a folder of its own, and the `lakehouse` command run in it as a user runs it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.addresses import Login
from sandbox.athena.engine import Athena
from sandbox.aws.local import aws_client
from sandbox.demo.comparison import Comparison, compare
from sandbox.demo.expectation import Rows
from sandbox.program import read_settings
from sandbox.sample.sources import Sources
from sandbox.sources import READERS, WRITERS, sample_sources
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

    def edit(self, file: str, old: str, new: str, *, count: int = -1) -> None:
        text = (self.folder / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (self.folder / file).write_text(text.replace(old, new, count))

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

    @property
    def sources(self) -> tuple[Login, str, Login, str]:
        """Both servers with their databases, as everything that works on the sample takes them."""
        sources = sample_sources(self.state.databases, read_settings(self.folder, "sandbox").sources)
        assert sources is not None, "the stack file has them"
        return sources

    def expected(self) -> list[dict[str, object]]:
        """What every job that joins the orders should have written by now."""
        return [row._asdict() for row in Sources.read(*self.sources).all_enriched()]

    def compared(self, table: str, expected: Callable[[], Rows] | None = None, *, seconds: float = 90) -> Comparison:
        """Every row of a table of the lake against `expected` (the joined orders, if not said), once they agree or the
        time is over."""
        aws = self.state.aws
        assert aws is not None
        deadline = time.monotonic() + seconds
        with Athena(aws) as athena:
            while True:
                comparison = compare((expected or self.expected)(), athena.rows(table))
                if comparison.equal or time.monotonic() > deadline:
                    return comparison
                time.sleep(1)

    def query(self, sql: str) -> list[dict[str, object]]:
        answer = self.lakehouse("query", "--format", "json", sql)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def part(self, *words: str) -> psutil.Process:
        """The one process of the sandbox with all these words in its command line."""
        (found,) = [child for child in self.children() if all(word in " ".join(child.cmdline()) for word in words)]
        return found

    def published_passwords(self) -> list[str]:
        """Those that jobs log in with, from the played Secrets Manager."""
        assert self.state.aws is not None
        client = aws_client(self.state.aws, "secretsmanager")
        return [
            json.loads(client.get_secret_value(SecretId=name)["SecretString"])["password"]
            for name in (*READERS.values(), *WRITERS.values())
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
