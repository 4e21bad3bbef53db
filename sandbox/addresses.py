"""Where the sandbox's servers listen and how to log in to them: plain data that every part hands to the next."""

from dataclasses import dataclass
from typing import Literal

Engine = Literal["mysql", "postgres"]


@dataclass(frozen=True)
class Login:
    """A database server on this machine and one of its accounts."""

    engine: Engine
    host: str
    port: int
    username: str
    password: str


@dataclass(frozen=True)
class Aws:
    """The played AWS: one endpoint for every service. Its keys open nothing but this process."""

    endpoint: str
    region: str
    access_key_id: str = "sandbox"
    secret_access_key: str = "sandbox"

    @property
    def environment(self) -> dict[str, str]:
        """What a pod would get from EKS Pod Identity, as the AWS SDKs read it."""
        return {
            "AWS_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
        }


@dataclass(frozen=True)
class Kafka:
    """The brokers, and the schema registry of their records."""

    bootstrap_servers: str
    registry: str
    """Its URL."""
