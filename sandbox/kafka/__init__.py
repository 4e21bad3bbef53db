"""Streams of the sandbox: Kafka and a schema registry on 127.0.0.1 with throw-away data."""

from sandbox.kafka.broker import Broker
from sandbox.kafka.registry import Registry

__all__ = ["Broker", "Registry"]
