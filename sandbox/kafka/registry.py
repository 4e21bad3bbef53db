"""A schema registry: Apicurio's, which also speaks the REST API of Confluent's."""

from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from sandbox import jvm
from sandbox.packages import later_java
from sandbox.processes import Process
from sandbox.server import HOST, Server

_HEAP_MIB = 128
_ANSWER_SECONDS = 5


class Registry(Server):
    """Keeps its schemas in a file, and refuses one that can't read what the schema before it wrote (compatibility
    `BACKWARD`, which is Confluent's default too) with the HTTP status 409."""

    def __init__(self, packages: Path, run: Path, port: int) -> None:
        home = run.resolve() / "registry"
        self.url = f"http://{HOST}:{port}/apis/ccompat/v7"
        options = [f"-D{key}={value}" for key, value in _settings(port).items()]
        program = ["-jar", packages.resolve() / "registry" / "quarkus-run.jar"]
        argv = jvm.command(later_java(), program, heap_mib=_HEAP_MIB, options=options)
        # Its paths are relative to its home: of others, H2 would take a part for options.
        process = Process("Schema registry", argv, log=run.resolve() / "logs" / "registry.log", cwd=home)
        super().__init__(process, home=home, ports=(port,))

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"{self.url}/subjects", timeout=_ANSWER_SECONDS):
                return True
        except (OSError, HTTPException):
            return False


def _settings(port: int) -> dict[str, str]:
    return {
        "quarkus.http.host": HOST,
        "quarkus.http.port": str(port),
        "quarkus.http.access-log.enabled": "false",
        # Its health and metrics, on any free port.
        "quarkus.management.host": HOST,
        "quarkus.management.port": "0",
        "apicurio.storage.kind": "sql",
        "apicurio.storage.sql.kind": "h2",
        # H2 writes a commit to its file at once, or a crash would cost the last half second.
        "apicurio.datasource.url": "jdbc:h2:file:./schemas;WRITE_DELAY=0",
        "apicurio.rules.global.compatibility": "BACKWARD",
        "apicurio.import.work-dir": ".",
        "apicurio.storage.snapshot.location": ".",
    }
