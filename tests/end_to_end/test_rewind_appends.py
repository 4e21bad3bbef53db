"""A rewind of tables whose rows are only added, where a row that is read again would stand twice."""

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import web_orders
from sandbox.athena.engine import Athena
from sandbox.program import read_settings
from tests.end_to_end.project import Project

JOB = "weborders-lake"
TABLES = ("iceberg_orders.web_orders", "iceberg_orders.web_orders_dead_letters")
ORDERS = 900


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project.copy(tmp_path / "project")
    up = project.lakehouse("up", JOB, "--orders", "50")
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def records(project: Project) -> Counter[tuple[object, object]]:
    """Where each row's record stands in Kafka."""
    assert project.state.aws is not None
    with Athena(project.state.aws) as athena:
        rows = [row for table in TABLES for row in athena.rows(table)]
    return Counter((row["kafka_partition"], row["kafka_offset"]) for row in rows)


def generator(project: Project) -> "subprocess.Popen[bytes]":
    environment = web_orders.environment(project.state, read_settings(project.folder, "sandbox").sources)
    sending = ["generate", "--count", str(ORDERS), "--rate", "40", "--seed", "3"]
    return subprocess.Popen(web_orders.command(sending), env=environment)


def test_each_record_is_there_once_after_two_rewinds(project: Project) -> None:
    sending = generator(project)
    try:
        # In the midst of them, so that the checkpoint after the savepoint has rows of its own.
        while sum(records(project).values()) < 100:
            time.sleep(0.5)
        assert project.lakehouse("savepoint").returncode == 0
        taken = project.state.savepoints[-1]
        assert taken.tables[TABLES[0]].pending, "its files went into the lake with the next checkpoint's"
        time.sleep(3)
        for _ in range(2):
            rewound = project.lakehouse("rewind", "--to", taken.name)
            assert rewound.returncode == 0, rewound.stderr
            print(rewound.stdout.strip())
        assert sending.wait(timeout=120) == 0
    finally:
        sending.kill()
    deadline = time.monotonic() + 120
    while len(found := records(project)) < ORDERS and time.monotonic() < deadline:
        time.sleep(1)
    assert len(found) >= ORDERS
    assert set(found.values()) == {1}
