"""The operational databases that the jobs read: two real servers, their databases, their secrets, and the sample in
them."""

import json
import secrets
from collections.abc import Mapping
from pathlib import Path

from infra.settings import SourceSettings
from sandbox.addresses import Aws, Engine, Login
from sandbox.aws.local import aws_client
from sandbox.databases import Database, Flavour, MySQL, Postgres
from sandbox.packages import database_packages
from sandbox.sample.generator import load

SECRETS: dict[Engine, str] = {"mysql": "sandbox/mysql", "postgres": "sandbox/postgres"}
"""The Secrets Manager entry of each server: what a source's `secret` names in the sandbox's stack file."""

SAMPLE: dict[str, Engine] = {"erpdb": "mysql", "shipdb": "postgres"}
"""The sources that the sample is for; a stack without both has empty databases."""


class Sources:
    """The servers: `prepare()` (any thread), `start()` (the main thread), `fill()` (any thread)."""

    def __init__(self, run: Path, ports: Mapping[str, int], flavour: Flavour) -> None:
        packages = database_packages()
        self.servers: dict[Engine, Database] = {
            "mysql": MySQL(packages, run, ports["mysql"], **_passwords(), flavour=flavour),
            "postgres": Postgres(packages, run, ports["postgres"], **_passwords()),
        }

    @property
    def admins(self) -> dict[str, Login]:
        return {engine: server.admin for engine, server in self.servers.items()}

    def publish_secrets(self, aws: Aws) -> None:
        """Put what jobs log in with where production has it: the accounts that may read and follow changes, no more."""
        client = aws_client(aws, "secretsmanager")
        for engine, server in self.servers.items():
            login = server.cdc
            value = {
                "engine": engine,
                "host": login.host,
                "port": login.port,
                "username": login.username,
                "password": login.password,
            }
            client.create_secret(Name=SECRETS[engine], SecretString=json.dumps(value))

    def fill(self, sources: Mapping[str, SourceSettings], *, orders: int, seed: int) -> bool:
        """Make the databases that the stack's sources name, and load the sample; gives whether there was a place for
        it."""
        for source in sources.values():
            self.servers[source.engine].create_database(source.database)
        if any(name not in sources or sources[name].engine != engine for name, engine in SAMPLE.items()):
            return False
        load(
            self.servers["mysql"].admin,
            sources["erpdb"].database,
            self.servers["postgres"].admin,
            sources["shipdb"].database,
            orders=orders,
            seed=seed,
        )
        return True


def _passwords() -> dict[str, str]:
    return {"admin_password": secrets.token_urlsafe(24), "cdc_password": secrets.token_urlsafe(24)}
