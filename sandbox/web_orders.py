"""The web shop's program (images/weborders) on this machine, with what its container would get."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.errors import ConfigurationError
from infra.settings import SourceSettings
from sandbox.addresses import Aws, Kafka
from sandbox.aws.local import aws_client
from sandbox.sources import SAMPLE, WRITERS, sample_databases
from sandbox.state import State

TOPIC = "weborders"
_PROGRAM = Path(__file__).resolve().parent.parent / "images" / "weborders"


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "weborders", *arguments]


def environment(state: State, sources: dict[str, SourceSettings]) -> dict[str, str]:
    """Of its container: the brokers, the registry, and the accounts that may write to both databases; raises
    `ConfigurationError` in a sandbox without them."""
    databases = sample_databases(sources)
    if state.kafka is None or state.aws is None or databases is None:
        raise ConfigurationError(
            "no job of this sandbox reads Kafka, so there is none; "
            "'lakehouse down', then 'lakehouse up enriched-orders weborders-lake' runs one that does"
        )
    shell = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TERM", "COLUMNS") if name in os.environ}
    found = shell | {"PYTHONPATH": str(_PROGRAM)} | _kafka(state.kafka)
    for source, database in databases.items():
        found |= {f"{source.upper()}_DATABASE": database} | _login(state.aws, source)
    return found


def _kafka(kafka: Kafka) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "KAFKA_TOPIC": TOPIC,
        "SCHEMA_REGISTRY_URL": kafka.registry,
    }


def _login(aws: Aws, source: str) -> dict[str, str]:
    entry = aws_client(aws, "secretsmanager").get_secret_value(SecretId=WRITERS[SAMPLE[source]])["SecretString"]
    login = json.loads(entry)
    return {f"{source.upper()}_{key.upper()}": str(login[key]) for key in ("host", "port", "username", "password")}
