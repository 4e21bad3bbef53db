"""The two source servers, started once for all tests that need them; each test gets databases of its own."""

import itertools
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from sandbox.addresses import Login
from sandbox.databases import MySQL, Passwords, Postgres
from sandbox.packages import database_packages


@dataclass(frozen=True)
class SourceDatabases:
    """An empty database on each server, and the account that owns both."""

    mysql: Login
    erpdb: str
    postgres: Login
    shipdb: str

    @property
    def arguments(self) -> tuple[Login, str, Login, str]:
        """As everything that works on both sources takes them."""
        return self.mysql, self.erpdb, self.postgres, self.shipdb


@pytest.fixture(scope="session")
def source_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MySQL, Postgres]]:
    run = tmp_path_factory.mktemp("sources")
    mysql = MySQL(database_packages(), run, _free_port(), Passwords.random())
    postgres = Postgres(database_packages(), run, _free_port(), Passwords.random())
    try:
        for server in (mysql, postgres):
            server.prepare()
            server.start()
        for server in (mysql, postgres):
            server.wait_ready()
        yield mysql, postgres
    finally:
        mysql.stop()
        postgres.stop()


_numbers = itertools.count(1)


@pytest.fixture
def sources(source_servers: tuple[MySQL, Postgres]) -> SourceDatabases:
    mysql, postgres = source_servers
    number = next(_numbers)
    mysql.create_database(f"erpdb{number}")
    postgres.create_database(f"shipdb{number}")
    return SourceDatabases(mysql.admin, f"erpdb{number}", postgres.admin, f"shipdb{number}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
