"""ZooKeeper: the server that comes within Flink's own jar, with the client that Flink uses.

Flink's scripts start it too (bin/start-zookeeper-quorum.sh).
"""

import socket
from pathlib import Path

from sandbox import jvm
from sandbox.flink.home import flink_distribution
from sandbox.processes import Process
from sandbox.server import HOST, Server

SHADED = "org.apache.flink.shaded.zookeeper3.org.apache.zookeeper"
"""Where Flink's jar has ZooKeeper's classes."""

_HEAP_MIB = 64
_ANSWER_SECONDS = 1.0
_SETTINGS = "./zoo.cfg"


class ZooKeeper(Server):
    """A single-node ZooKeeper."""

    def __init__(self, run: Path, port: int, *, java: Path) -> None:
        """`java`: a JVM that Flink runs on."""
        self._port = port
        home = run.resolve() / "zookeeper"
        # No further port, and no wait for the disk at each change.
        options = ["-Dzookeeper.admin.enableServer=false", "-Dzookeeper.forceSync=no"]
        program = ["-cp", classpath(), f"{SHADED}.server.ZooKeeperServerMain", _SETTINGS]
        argv = jvm.command(java, program, heap_mib=_HEAP_MIB, options=options)
        process = Process("ZooKeeper", argv, log=run.resolve() / "logs" / "zookeeper.log", cwd=home)
        super().__init__(process, home=home, ports=(port,))

    @property
    def quorum(self) -> str:
        """As Flink's `high-availability.zookeeper.quorum` has it."""
        return f"{HOST}:{self._port}"

    def prepare(self) -> None:
        super().prepare()
        settings = {
            # Relative, since the file can't say every path.
            "dataDir": "./data",
            "clientPortAddress": HOST,
            "clientPort": str(self._port),
            # In ms. A session lasts 20 ticks at most, whatever the client asks: a killed one is gone soon.
            "tickTime": "500",
        }
        (self._home / _SETTINGS).write_text("".join(f"{key}={value}\n" for key, value in settings.items()))

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), _ANSWER_SECONDS) as connection:
                connection.sendall(b"srvr")
                return b"Mode: standalone" in connection.makefile("rb").read()
        except OSError:
            return False


def classpath() -> str:
    """What it needs of Flink's jars."""
    jars = flink_distribution() / "lib"
    return ":".join(str(jar) for name in ("flink-dist-*.jar", "log4j-*.jar") for jar in sorted(jars.glob(name)))
