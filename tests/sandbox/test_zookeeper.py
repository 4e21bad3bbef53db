"""ZooKeeper as Flink uses it: by the client in Flink's own jar."""

import subprocess
from pathlib import Path

from sandbox.packages import java_home
from sandbox.ports import choose
from sandbox.zookeeper import SHADED, ZooKeeper, classpath
from tests.sandbox.test_server import kill, new_zookeeper, running


def ask(server: ZooKeeper, *command: str) -> str:
    """The last line that ZooKeeper's own command-line client says."""
    java = java_home() / "bin" / "java"
    client = [java, "-XX:TieredStopAtLevel=1", "-cp", classpath(), f"{SHADED}.ZooKeeperMain", "-server", server.quorum]
    said = subprocess.run([*client, *command], capture_output=True, text=True, timeout=60, check=False)
    lines = [line.strip() for line in (said.stdout + said.stderr).splitlines() if line.strip()]
    return lines[-1]


def test_flinks_client_reads_what_it_wrote_also_after_a_crash_and_not_of_an_earlier_run(tmp_path: Path) -> None:
    server = new_zookeeper(tmp_path, tuple(choose(1)))
    with running(server):
        assert ask(server, "create", "/flink", "the leader") == "Created /flink"
        kill(server)
        server.start()
        server.wait_ready()
        assert ask(server, "get", "/flink") == "the leader"
    with running(server):
        assert ask(server, "get", "/flink") == "Node does not exist: /flink"
