"""PostgreSQL."""

import os
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from sandbox.databases.database import (
    ADMIN,
    CDC,
    HOST,
    LOGIN_SECONDS,
    PREPARE_SECONDS,
    WRITER,
    Database,
    Passwords,
)
from sandbox.databases.unprivileged import Home
from sandbox.processes import Process

PUBLICATION = "lakehouse"
"""The publication of every database here: a job names it, since the cdc role may not create its own."""


class Postgres(Database):
    """PostgreSQL with logical replication; as an unprivileged account where we are root, which it refuses."""

    def __init__(
        self,
        packages: Path,
        run: Path,
        port: int,
        passwords: Passwords,
    ) -> None:
        super().__init__("postgres", port, passwords)
        self._home = Home(
            package=(packages / "postgres").resolve(),
            directory=run.resolve() / "postgres",
        )
        self._log = run.resolve() / "logs" / "postgres.log"
        self.process = self._process("PostgreSQL", "postgres", *self._settings())

    def prepare(self) -> None:
        self._home.create()
        password = self._home.private_file("password", self.admin.password)
        options = (
            f"--username={ADMIN}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
        )
        layout = ("--encoding=UTF8", "--locale=C", "--no-sync")
        self._process("PostgreSQL's set-up", "initdb", *options, *layout).run(seconds=PREPARE_SECONDS)
        password.unlink()

    def stop(self) -> None:
        super().stop()
        self._home.remove_if_temporary()

    def create_database(self, name: str) -> None:
        with self._connect("postgres") as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with self._connect(name) as connection:
            names = {
                "cdc": sql.Identifier(CDC),
                "writer": sql.Identifier(WRITER),
                "publication": sql.Identifier(PUBLICATION),
            }
            for statement in (
                "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {cdc}",
                "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {writer}",
                "ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO {cdc}, {writer}",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {cdc}",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {writer}",
            ):
                connection.execute(sql.SQL(statement).format(**names))
            if not connection.execute("SELECT FROM pg_publication WHERE pubname = %s", [PUBLICATION]).rowcount:
                connection.execute(sql.SQL("CREATE PUBLICATION {publication} FOR ALL TABLES").format(**names))

    def load(self, database: str, script: str) -> None:
        with self._connect(database) as connection:
            connection.execute(script.encode())

    def _log_in(self) -> None:
        with self._connect("postgres") as connection:
            for login, rights in ((self.cdc, sql.SQL("REPLICATION")), (self.writer, sql.SQL("NOREPLICATION"))):
                if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [login.username]).rowcount:
                    create = sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}")
                    name, password = sql.Identifier(login.username), sql.Literal(login.password)
                    connection.execute(create.format(name, rights, password))

    def _connect(self, database: str) -> psycopg.Connection:
        login = self.admin
        return psycopg.connect(
            host=login.host,
            port=login.port,
            user=login.username,
            password=login.password,
            dbname=database,
            autocommit=True,
            connect_timeout=LOGIN_SECONDS,
        )

    def _process(self, name: str, program: str, *arguments: str) -> Process:
        return Process(
            name,
            [
                self._home.package / "bin" / program,
                "-D",
                self._home.directory / "data",
                *arguments,
            ],
            log=self._log,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            cwd=Path("/"),  # initdb looks at its working directory, and the account may not enter ours
            user=self._home.account,
            polite=signal.SIGINT,  # SIGTERM waits until the last client leaves
        )

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": HOST,
            "port": str(self.admin.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "shared_buffers": "32MB",
            "max_connections": "100",
            "wal_level": "logical",
            # One slot and one sender for each table that a job reads, and twice that while a job restarts.
            "max_replication_slots": "64",
            "max_wal_senders": "64",
            "max_wal_size": "256MB",
            "max_slot_wal_keep_size": "2GB",  # a slot that nobody reads any more does not fill the disk
            # With synchronous_commit=off, replication would lag by the WAL writer's delay; fsync=off costs it nothing.
            "fsync": "off",
            "full_page_writes": "off",
        }
        return [argument for key, value in settings.items() for argument in ("-c", f"{key}={value}")]
