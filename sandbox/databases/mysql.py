"""MySQL, real or played by MariaDB."""

import os
import shutil
from pathlib import Path
from typing import Literal

import pymysql
from pymysql.constants import CLIENT

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
from sandbox.processes import Process

Flavour = Literal["mariadb", "mysql8"]


class MySQL(Database):
    """MariaDB (`flavour="mariadb"`, light), or the real MySQL 8, with what change data capture needs of its binlog."""

    def __init__(
        self,
        packages: Path,
        run: Path,
        port: int,
        passwords: Passwords,
        *,
        flavour: Flavour = "mariadb",
    ) -> None:
        super().__init__("mysql", port, passwords)
        self._flavour = flavour
        self._package = (packages / flavour).resolve()
        self._home = run.resolve() / flavour
        name = "MariaDB" if flavour == "mariadb" else "MySQL"
        self.process = self._process(name, f"{flavour}.log", *self._settings())

    def prepare(self) -> None:
        shutil.rmtree(self._home, ignore_errors=True)
        for directory in ("data", "tmp"):
            (self._home / directory).mkdir(parents=True, mode=0o700)
        # Accounts come through stdin or a private file: the arguments of a process are everyone's to read.
        if self._flavour == "mariadb":
            script = "\n".join([self._system_tables(), "FLUSH PRIVILEGES;", *self._accounts()])
            bootstrap = self._process("MariaDB's set-up", "mariadb.log", "--bootstrap", "--log-warnings=0")
            bootstrap.run(seconds=PREPARE_SECONDS, stdin=script.encode())
        else:
            init_file = self._home / "accounts.sql"
            init_file.touch(mode=0o600)
            init_file.write_text("\n".join([*self._accounts(), "DROP USER root@localhost;"]))
            no_keys = (
                "--auto-generate-certs=OFF",
                "--caching-sha2-password-auto-generate-rsa-keys=OFF",
            )
            initialize = ("--initialize-insecure", f"--init-file={init_file}", *no_keys)
            self._process("MySQL's set-up", "mysql8.log", *initialize).run(seconds=PREPARE_SECONDS)
            init_file.unlink()

    def create_database(self, name: str) -> None:
        quoted = "`" + name.replace("`", "``") + "`"
        self._execute(f"CREATE DATABASE IF NOT EXISTS {quoted} CHARACTER SET utf8mb4")

    def load(self, database: str, script: str) -> None:
        self._execute(script, database)

    def _log_in(self) -> None:
        # What listens may be another program, which never answers.
        self._execute("SELECT 1", patience=LOGIN_SECONDS)

    def _execute(self, script: str, database: str | None = None, *, patience: float | None = None) -> None:
        login = self.admin
        with (
            pymysql.connect(
                host=login.host,
                port=login.port,
                user=login.username,
                password=login.password,
                database=database,
                charset="utf8mb4",
                autocommit=True,
                client_flag=CLIENT.MULTI_STATEMENTS,
                connect_timeout=LOGIN_SECONDS,
                read_timeout=patience,
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(script)
            while cursor.nextset():
                pass

    def _accounts(self) -> list[str]:
        """The statements that create the accounts: for this machine only, as we resolve no names."""
        # The way that every driver of MySQL and MariaDB knows without TLS.
        how = (
            "VIA mysql_native_password USING PASSWORD"
            if self._flavour == "mariadb"
            else "WITH mysql_native_password BY"
        )
        statements: list[str] = []
        for login in (self.admin, self.cdc, self.writer):
            password = "'" + login.password.replace("\\", "\\\\").replace("'", "''") + "'"
            value = f"({password})" if self._flavour == "mariadb" else password
            statements.append(f"CREATE USER {login.username}@'{HOST}' IDENTIFIED {how} {value};")
        statements.append(f"GRANT ALL ON *.* TO {ADMIN}@'{HOST}' WITH GRANT OPTION;")
        # No RELOAD, no LOCK TABLES: mysql-cdc's incremental snapshot takes no lock.
        rights = "SELECT, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT"
        statements.append(f"GRANT {rights} ON *.* TO {CDC}@'{HOST}';")
        statements.append(f"GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO {WRITER}@'{HOST}';")
        return statements

    def _system_tables(self) -> str:
        """What MariaDB's own installer feeds it, without help texts, and without root and the anonymous user."""
        parts = [
            "CREATE DATABASE mysql;",
            "USE mysql;",
            "SET @auth_root_socket = NULL;",
        ]
        for name in (
            "mysql_system_tables",
            "mysql_performance_tables",
            "mysql_system_tables_data",
        ):
            parts.append((self._package / "share" / f"{name}.sql").read_text())
        return "\n".join([*parts, "DELETE FROM mysql.global_priv WHERE User IN ('', 'root');"])

    def _process(self, name: str, log: str, *arguments: str) -> Process:
        program = "mariadbd" if self._flavour == "mariadb" else "mysqld"
        common = [
            "--no-defaults",
            f"--basedir={self._package}",
            f"--datadir={self._home / 'data'}",
            f"--tmpdir={self._home / 'tmp'}",
            f"--lc-messages-dir={self._package / 'share'}",
            "--innodb-buffer-pool-size=64M",
            "--performance-schema=OFF",
            *(["--user=root"] if os.geteuid() == 0 else []),
        ]
        common.append("--innodb-log-file-size=32M" if self._flavour == "mariadb" else "--innodb-redo-log-capacity=32M")
        argv = [self._package / "bin" / program, *common, *arguments]
        env = {
            "LC_ALL": "C",
            "TZ": "UTC",
            "LD_LIBRARY_PATH": str(self._package / "lib" / "private"),
        }
        return Process(name, argv, log=self._home.parent / "logs" / log, env=env)

    def _settings(self) -> list[str]:
        settings = {
            "bind-address": HOST,
            "port": str(self.admin.port),
            "skip-name-resolve": "ON",
            "default-time-zone": "+00:00",
            "character-set-server": "utf8mb4",
            "max-allowed-packet": "64M",
            "max-connections": "100",
            "server-id": "1",
            "log-bin": "binlog",
            "binlog-format": "ROW",
            "binlog-row-image": "FULL",
            # A commit is handed to the operating system and not waited for: see the top of this file.
            "innodb-flush-log-at-trx-commit": "2",
            "sync-binlog": "0",
        }
        if self._flavour == "mariadb":
            settings |= {"socket": ""}
        else:
            settings |= {
                "socket": "mysql.sock",
                "mysqlx": "OFF",
                "auto-generate-certs": "OFF",
            }
            settings |= {"caching-sha2-password-auto-generate-rsa-keys": "OFF"}
            settings |= {"gtid-mode": "ON", "enforce-gtid-consistency": "ON"}
        return [f"--{key}={value}" for key, value in settings.items()]
