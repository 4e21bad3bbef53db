"""The whole stack with Docker: built, run, compared row by row, its leader killed (docs/docker.md)."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from compose.render import render
from sandbox.addresses import Aws, Login
from sandbox.athena.engine import Athena
from sandbox.demo.comparison import Comparison, compare
from sandbox.sample.sources import Sources
from tests.declared import PROJECT, copied

JOB, TABLE = "enriched-orders", "iceberg_orders.enriched_orders_lake"
ORDERS = 1_000
LEADS = "DefaultDispatcherRunner was granted leadership"

pytestmark = [pytest.mark.docker, pytest.mark.timeout(2400)]


class Stack:
    """A copy of the project and its containers, under a name of their own."""

    def __init__(self, folder: Path) -> None:
        self.project = copied(folder)
        shutil.copy(PROJECT / "compose.yaml", self.project)
        for name in ("compose", "sandbox", "local"):
            shutil.copytree(PROJECT / name, self.project / name, ignore=shutil.ignore_patterns("target", "__pycache__"))
        render(self.project, JOB, orders=ORDERS, seed=1)

    def compose(self, *arguments: str, seconds: float = 600) -> str:
        command = ["docker", "compose", "--project-name", "lakehouse-test", *arguments]
        done = subprocess.run(command, cwd=self.project, capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"{' '.join(arguments)}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def sources(self) -> Sources:
        """As they are now, by the ports that this machine sees."""
        logins = json.loads((self.project / ".compose" / "databases" / "sample.json").read_text())["logins"]
        mysql, postgres = (
            replace(Login(**logins[engine]), host="127.0.0.1", port=port)
            for engine, port in (("mysql", 13306), ("postgres", 15432))
        )
        return Sources.read(mysql, "erpdb", postgres, "shipdb")

    def compared(self, *, seconds: float) -> Comparison:
        """The lake's table against the joined sources, once they agree or the time is over."""
        deadline = time.monotonic() + seconds
        with Athena(Aws("http://127.0.0.1:4566", "eu-west-1")) as athena:
            while True:
                found = athena.query("SHOW TABLES IN iceberg_orders").rows
                rows = athena.rows(TABLE) if (TABLE.partition(".")[2],) in [tuple(row) for row in found] else []
                comparison = compare((row._asdict() for row in self.sources().all_enriched()), rows)
                if comparison.equal or time.monotonic() > deadline:
                    return comparison
                time.sleep(2)

    def leader(self) -> str:
        """The container of the JobManager that was elected last."""
        lines = self.compose("logs", "--no-color", "--timestamps", "jobmanager").splitlines()
        elected = [(line.split("|", 1)[1].split()[0], line.split("|", 1)[0].strip()) for line in lines if LEADS in line]
        return f"lakehouse-test-{max(elected)[1]}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    for words in (("info",), ("compose", "version")):
        if not shutil.which("docker") or subprocess.run(["docker", *words], capture_output=True).returncode != 0:
            pytest.skip(f"no Docker here: 'docker {' '.join(words)}' fails")
    stack = Stack(tmp_path_factory.mktemp("stack"))
    try:
        stack.compose("build", seconds=1800)
        stack.compose("up", "--detach", "--scale", "taskmanager=2")
        yield stack
    finally:
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans")


def test_every_row_arrives(stack: Stack) -> None:
    comparison = stack.compared(seconds=300)
    assert comparison.equal, comparison.examples
    assert comparison.rows_in_lake == ORDERS


def test_web_orders_arrive_and_nothing_is_lost_with_the_leader(stack: Stack) -> None:
    before = stack.compared(seconds=60).rows_in_lake
    stack.compose("--profile", "weborders", "up", "--detach", "processor")
    stack.compose("run", "--rm", "-T", "generator", "--count", "40", "--rate", "4", "--seed", "1")
    subprocess.run(["docker", "kill", stack.leader()], check=True, capture_output=True)
    stack.compose("run", "--rm", "-T", "generator", "--count", "40", "--rate", "4", "--seed", "2")
    deadline = time.monotonic() + 120
    while len(stack.sources().orders) < before + 80 and time.monotonic() < deadline:
        time.sleep(1)
    comparison = stack.compared(seconds=300)
    assert comparison.equal, comparison.examples
    assert comparison.rows_in_lake == before + 80


def test_the_sql_client_reads_the_lake(stack: Stack) -> None:
    rows = stack.compared(seconds=60).rows_in_lake
    query = stack.project / "query.sql"
    query.write_text("SELECT COUNT(*) AS found FROM iceberg_orders.enriched_orders_lake;\n")
    arguments = ["--init", "/opt/flink/conf/welcome.sql", "--file", "/query.sql"]
    answer = stack.compose("run", "--rm", "-T", "--volume", f"{query}:/query.sql:ro", "sql-client", *arguments)
    assert re.search(rf"\|\s*{rows}\s*\|", answer), answer
