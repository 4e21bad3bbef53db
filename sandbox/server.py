"""What the sandbox's Java servers have in common: data in a folder of their own, ports of 127.0.0.1, one process."""

import shutil
import socket
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from sandbox.processes import Process, ProcessFailed, wait_until

HOST = "127.0.0.1"

_START_SECONDS = 60
_LEAST_FREE = 16 * 1024 * 1024
"""Less room than a start needs, in bytes: on a full disk a server can't even log why it ends."""


class Server(ABC):
    """`prepare()` (any thread), `start()` (the main thread, see `processes.die_with_parent`), `wait_ready()`; `stop()`.

    A further `start()` goes on with the data that is there: it outlives a crash of the process, not of the machine.
    """

    def __init__(self, process: Process, *, home: Path, ports: Sequence[int]) -> None:
        """`home`: the folder of its data; `ports`: all that it listens on."""
        self.process = process
        self._home = home
        self._ports = ports

    def prepare(self) -> None:
        """Lay out an empty folder; what an earlier run left there is dropped."""
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir(parents=True)

    def start(self) -> None:
        """Raises `ProcessFailed` when a port is taken or the disk is full."""
        for port in self._ports:
            self._refuse_taken(port)
        if shutil.disk_usage(self._home).free < _LEAST_FREE:
            raise ProcessFailed(self.process, f"can't start: the disk of {self._home} is full: make room there")
        self.process.start()

    def wait_ready(self) -> None:
        """Until it does what it is for; raises `ProcessFailed` when it ends instead, or takes too long."""
        wait_until(self._is_ready, process=self.process, seconds=_START_SECONDS, interval=0.05)

    def stop(self) -> None:
        self.process.stop()

    @abstractmethod
    def _is_ready(self) -> bool:
        """Ask it; an answer takes some seconds at most."""

    def _refuse_taken(self, port: int) -> None:
        with socket.socket() as probe:
            # As the servers do: only a listener is in the way, not what lingers of a closed connection.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise ProcessFailed(
                    self.process, f"can't listen on {HOST}:{port} ({error.strerror}): free it"
                ) from None
