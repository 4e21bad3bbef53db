"""Two JobManagers for a job, and what happens to the rows when the one that leads is killed."""

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from sandbox.demo.changes import ChangeStream
from sandbox.flink.rest import FlinkRest
from sandbox.packages import java_home
from sandbox.state import JobState
from sandbox.zookeeper import SHADED, classpath
from tests.end_to_end.project import Project

JOB = "enriched-orders"
TABLE = "iceberg_orders.enriched_orders_lake"
LEADER = f"/flink/{JOB}/leader/dispatcher/connection_info"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = Project.copy(tmp_path / "project")
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def leader(project: Project) -> psutil.Process | None:
    """The JobManager that ZooKeeper has as the leader; None while there is none."""
    quorum = project.state.zookeeper
    assert quorum is not None
    java = java_home() / "bin" / "java"
    client = [java, "-XX:TieredStopAtLevel=1", "-cp", classpath(), f"{SHADED}.ZooKeeperMain", "-server", quorum]
    said = subprocess.run([*client, "get", LEADER], capture_output=True, timeout=60, check=False).stdout
    port = re.search(rb"flink@127\.0\.0\.1:(\d+)/user/rpc/dispatcher", said)
    found = [process for process in jobmanagers(project) if port and int(port[1]) in listening(process)]
    return found[0] if found else None


def jobmanagers(project: Project) -> list[psutil.Process]:
    """Those that run; one that was killed just now has no command line any more."""
    home = str(job(project).home)
    commands = {process: " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])}
    return [process for process, said in commands.items() if "ApplicationClusterEntryPoint" in said and home in said]


def listening(process: psutil.Process) -> set[int]:
    return {each.laddr.port for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN}


def completed_checkpoints(rest: FlinkRest) -> int:
    """Of the present leader."""
    jobs = rest.get("/jobs/overview").get("jobs", [])
    return rest.get(f"/jobs/{jobs[0]['jid']}/checkpoints").get("counts", {}).get("completed", 0) if jobs else 0


def until(what: str, happened: Callable[[], object], seconds: float = 120) -> float:
    """Waits; gives how long that took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() < began + seconds, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.1)
    return time.monotonic() - began


def job(project: Project) -> JobState:
    return project.state.jobs[JOB]


def test_killed_leaders_and_a_killed_task_manager_cost_no_row(project: Project) -> None:
    up = project.lakehouse("up", "--orders", "300", "--ha", "zookeeper")
    assert up.returncode == 0, up.stdout + up.stderr
    # With a checkpoint to go on from; without one: test_first_snapshot.py.
    assert project.compared(TABLE).equal
    rest = FlinkRest(*[each.web for each in job(project).jobmanagers])
    stream, stop = ChangeStream(*project.sources, seed=3, rate=50), threading.Event()
    with ThreadPoolExecutor() as pool:
        changes = pool.submit(stream.run, stop=stop)
        try:
            for kill in (1, 2):
                until("a checkpoint", lambda: completed_checkpoints(rest))
                killed = leader(project)
                assert killed is not None
                killed.kill()
                seconds = until("another leader", lambda dead=killed.pid: (now := leader(project)) and now.pid != dead)
                seconds += until("the job runs", rest.all_tasks_running)
                print(f"leader killed ({kill}): the job ran again after {seconds:.1f} s")
                until("both run", lambda: len(jobmanagers(project)) == 2)
            until("a checkpoint", lambda: completed_checkpoints(rest))
            project.part("TaskManagerRunner").kill()
            until("a TaskManager is missed", lambda: not rest.all_tasks_running())
            seconds = until("the job runs", rest.all_tasks_running)
            print(f"TaskManager killed: the job ran again {seconds:.1f} s after that was noticed")
            time.sleep(2)
        finally:
            stop.set()
    assert len(changes.result()) > 500
    comparison = project.compared(TABLE)
    assert comparison.rows_different == 0, comparison.examples
    assert sum(each.restarts for each in job(project).jobmanagers) == 2
    assert job(project).task_manager_restarts == 1
    shown = project.lakehouse("status").stdout
    for number, each in enumerate(job(project).jobmanagers, 1):
        assert re.search(rf"JobManager {number} +{each.web} +{each.restarts} restarts", shown), shown
    logs = "".join(log.read_text() for name, log in project.state.logs.items() if "JobManager" in name)
    assert len(re.findall(r"Restoring job \w+ from Checkpoint", logs)) >= 3, "from where it was, not from the start"


def test_a_job_that_cannot_run_still_ends_the_sandbox_with_its_own_words(project: Project) -> None:
    project.edit("jobs/enriched-orders/job.sql", "o.customer_name,", "o.customer_nam,")
    said = project.refusal("up", "--orders", "50", "--ha", "zookeeper")
    assert "job.sql" in said and "customer_nam" in said
