"""The operational databases that the jobs read and feed: two real servers, their databases, their secrets, and the
sample in them."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from infra.errors import ConfigurationError
from infra.settings import SourceSettings
from infra.settings.sources import DatabaseSource
from sandbox.addresses import Aws, Engine, Login
from sandbox.aws.local import aws_client
from sandbox.databases import Database, Flavour, MySQL, Passwords, Postgres
from sandbox.packages import database_packages
from sandbox.sample.generator import load

READERS: dict[Engine, str] = {"mysql": "sandbox/mysql", "postgres": "sandbox/postgres"}
"""The Secrets Manager entry of the account of each server that may follow changes: what a source's `secret` names in
the sandbox's stack file."""
WRITERS: dict[Engine, str] = {"mysql": "sandbox/mysql-writer", "postgres": "sandbox/postgres-writer"}
"""Likewise of the account that may write rows."""

SAMPLE: dict[str, Engine] = {"erpdb": "mysql", "shipdb": "postgres"}
"""The sources that the sample is for; a stack without both has empty databases."""


def sample_databases(sources: Mapping[str, SourceSettings]) -> dict[str, str] | None:
    """Source → database of those that the sample is for; None for a stack without both."""
    found = {name: sources.get(name) for name in SAMPLE}
    databases = {
        name: source.database
        for name, source in found.items()
        if source and source.engine != "kafka" and source.engine == SAMPLE[name]
    }
    return databases if len(databases) == len(SAMPLE) else None


def sample_sources(
    logins: Mapping[str, Login], sources: Mapping[str, SourceSettings]
) -> tuple[Login, str, Login, str] | None:
    """Both servers with their databases, as everything that works on the sample takes them; None where the stack has
    not both."""
    databases = sample_databases(sources)
    if databases is None:
        return None
    return logins["mysql"], databases["erpdb"], logins["postgres"], databases["shipdb"]


FED = "operations"
"""The source whose tables jobs feed: they are made here, as a team's migrations would have made them."""


class Sources:
    """The servers: `prepare()` (any thread), `start()` (the main thread), `fill()` (any thread)."""

    def __init__(self, run: Path, ports: Mapping[str, int], flavour: Flavour) -> None:
        packages = database_packages()
        self.servers: dict[Engine, Database] = {
            "mysql": MySQL(packages, run, ports["mysql"], Passwords.random(), flavour=flavour),
            "postgres": Postgres(packages, run, ports["postgres"], Passwords.random()),
        }

    @property
    def admins(self) -> dict[str, Login]:
        return {engine: server.admin for engine, server in self.servers.items()}

    def publish_secrets(self, aws: Aws) -> None:
        """Put what jobs log in with where production has it: the accounts that may do what a job does, no more."""
        client = aws_client(aws, "secretsmanager")
        for engine, server in self.servers.items():
            for name, login in ((READERS[engine], server.cdc), (WRITERS[engine], server.writer)):
                value = {
                    "engine": engine,
                    "host": login.host,
                    "port": login.port,
                    "username": login.username,
                    "password": login.password,
                }
                client.create_secret(Name=name, SecretString=json.dumps(value))

    def fill(self, sources: Mapping[str, SourceSettings], *, orders: int, seed: int) -> bool:
        """Make the databases that the stack's sources name, and load the sample; gives whether there was a place for
        it."""
        databases = {name: source for name, source in sources.items() if source.engine != "kafka"}
        for name, source in databases.items():
            self._server(name, source).create_database(source.database)
        if FED in databases and databases[FED].engine == "mysql":
            script = (files("sandbox.sample") / "operations.sql").read_text(encoding="utf-8")
            self.servers["mysql"].load(databases[FED].database, script)
        sample = sample_databases(sources)
        if sample is None:
            return False
        load(
            self.servers["mysql"].admin,
            sample["erpdb"],
            self.servers["postgres"].admin,
            sample["shipdb"],
            orders=orders,
            seed=seed,
        )
        return True

    def _server(self, name: str, source: DatabaseSource) -> Database:
        if source.engine not in self.servers:
            raise ConfigurationError(
                f"sources.{name}.engine: the sandbox has no {source.engine}, only {' and '.join(self.servers)}"
            )
        return self.servers[source.engine]
