"""The operational databases' accounts: the scripts that make them, and the entries of Secrets Manager by which jobs log
in. Passwords are chosen once for each machine."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from compose.network import DATABASE_PORTS
from infra.settings import SourceSettings
from sandbox.addresses import Engine, Login
from sandbox.databases import ADMIN, CDC, PUBLICATION, WRITER, Passwords
from sandbox.sources import READERS, WRITERS

Accounts = Mapping[Engine, Passwords]
Entry = dict[str, str | int]
ENGINES: tuple[Engine, ...] = ("mysql", "postgres")


def passwords(file: Path) -> Accounts:
    """Those of `file`, which is made where it is missing: a database keeps the ones that it began with."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(json.dumps({engine: asdict(Passwords.random()) for engine in ENGINES}))
    found = json.loads(file.read_text())
    return {engine: Passwords(**found[engine]) for engine in ENGINES}


def admin(engine: Engine, accounts: Accounts) -> Login:
    """The account that owns the data."""
    return Login(engine, engine, DATABASE_PORTS[engine], ADMIN, accounts[engine].admin)


def entries(accounts: Accounts) -> dict[str, Entry]:
    """Secrets Manager: the accounts that may do what a job does, no more; as `sandbox.sources` publishes them."""
    found: dict[str, Entry] = {}
    for engine in ENGINES:
        chosen = accounts[engine]
        for name, user, password in (
            (READERS[engine], CDC, chosen.cdc),
            (WRITERS[engine], WRITER, chosen.writer),
        ):
            where = {"engine": engine, "host": engine, "port": DATABASE_PORTS[engine]}
            found[name] = {**where, "username": user, "password": password}
    return found


def mysql_script(sources: Mapping[str, SourceSettings], chosen: Passwords) -> str:
    """For MySQL's first start. The accounts log in by the way that every client knows without TLS."""
    how = "IDENTIFIED WITH mysql_native_password BY"
    return "\n".join(
        [
            *(f"CREATE DATABASE {name} CHARACTER SET utf8mb4;" for name in _databases(sources, "mysql")),
            f"CREATE USER {ADMIN}@'%' {how} '{chosen.admin}';",
            f"GRANT ALL ON *.* TO {ADMIN}@'%' WITH GRANT OPTION;",
            f"CREATE USER {CDC}@'%' {how} '{chosen.cdc}';",
            f"GRANT SELECT, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO {CDC}@'%';",
            f"CREATE USER {WRITER}@'%' {how} '{chosen.writer}';",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO {WRITER}@'%';",
            "",
        ]
    )


def postgres_script(sources: Mapping[str, SourceSettings], chosen: Passwords) -> str:
    """For PostgreSQL's first start."""
    lines = [
        f"CREATE ROLE {ADMIN} LOGIN SUPERUSER PASSWORD '{chosen.admin}';",
        f"CREATE ROLE {CDC} LOGIN REPLICATION PASSWORD '{chosen.cdc}';",
        f"CREATE ROLE {WRITER} LOGIN PASSWORD '{chosen.writer}';",
    ]
    for name in _databases(sources, "postgres"):
        lines += [
            f"CREATE DATABASE {name} OWNER {ADMIN};",
            f"\\connect {name}",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {ADMIN} GRANT SELECT ON TABLES TO {CDC};",
            f"ALTER DEFAULT PRIVILEGES FOR ROLE {ADMIN} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {WRITER};",
            f"CREATE PUBLICATION {PUBLICATION} FOR ALL TABLES;",
        ]
    return "\n".join([*lines, ""])


def _databases(sources: Mapping[str, SourceSettings], engine: Engine) -> list[str]:
    """Each once: two sources may be one database, with another account."""
    return list(
        dict.fromkeys(
            source.database for source in sources.values() if source.engine != "kafka" and source.engine == engine
        )
    )
