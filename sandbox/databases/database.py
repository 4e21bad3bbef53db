"""What the sandbox's databases have in common."""

import secrets
import socket
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Self

import psycopg
import pymysql

from sandbox.addresses import Engine, Login
from sandbox.processes import Process, ProcessFailed, wait_until

HOST = "127.0.0.1"
ADMIN = "lakehouse"
CDC = "cdc"
WRITER = "writer"

LOGIN_SECONDS = 3
PREPARE_SECONDS = 120
_START_SECONDS = 60


@dataclass(frozen=True)
class Passwords:
    """Of a server's accounts."""

    admin: str
    cdc: str
    writer: str

    @classmethod
    def random(cls) -> Self:
        return cls(*(secrets.token_urlsafe(24) for _ in fields(cls)))


class Database(ABC):
    """A server with three accounts: `admin` owns the data, `cdc` reads it and follows its changes, `writer` reads and
    writes rows; neither of these may more."""

    process: Process

    def __init__(self, engine: Engine, port: int, passwords: Passwords) -> None:
        self.admin = Login(engine, HOST, port, ADMIN, passwords.admin)
        self.cdc = Login(engine, HOST, port, CDC, passwords.cdc)
        self.writer = Login(engine, HOST, port, WRITER, passwords.writer)

    @abstractmethod
    def prepare(self) -> None:
        """Lay out an empty data directory; what an earlier run left there is dropped."""

    @abstractmethod
    def create_database(self, name: str) -> None:
        """Create it, readable to `cdc`, its rows writable to `writer`, unless it exists."""

    @abstractmethod
    def load(self, database: str, script: str) -> None:
        """Run a script of SQL statements as `admin`; the driver's error where one fails."""

    @abstractmethod
    def _log_in(self) -> None:
        """Log in as `admin`, and do what is to be done once; raises the driver's error while that can't be."""

    def start(self) -> None:
        with socket.socket() as probe:
            # As the servers do: only a listener is in the way, not what lingers of a closed connection.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.admin.port))
            except OSError as error:
                where = f"{HOST}:{self.admin.port}"
                raise ProcessFailed(self.process, f"can't listen on {where} ({error.strerror}): free it") from None
        self.process.start()

    def wait_ready(self) -> None:
        def ready() -> bool:
            try:
                self._log_in()
            except (pymysql.err.OperationalError, psycopg.OperationalError):
                return False
            return True

        wait_until(ready, process=self.process, seconds=_START_SECONDS, interval=0.05)

    def stop(self) -> None:
        self.process.stop()
