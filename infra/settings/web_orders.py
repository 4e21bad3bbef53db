"""`web_orders:` what enters the orders of a web shop into the operational databases (docs/weborders.md)."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.flink import ImageSettings
from infra.settings.sources import SourceSettings
from infra.settings.streams import StreamsSettings
from infra.validation import Strict, WrongAt, nearest

TOPIC = "weborders"
DEAD_LETTERS = f"{TOPIC}-dead-letters"
"""Where the processor puts what it can't enter: the topic's name with this behind it."""

_ENGINES: dict[Literal["source", "orders", "shipments"], str] = {
    "source": "kafka",
    "orders": "mysql",
    "shipments": "postgres",
}


class WebOrdersSettings(Strict):
    source: str
    """The Kafka source of the topic 'weborders'."""
    orders: str
    """The MySQL source of products and orders, with an account that may write."""
    shipments: str
    """The PostgreSQL source of shipments, with an account that may write."""
    origin: Annotated[str, StringConstraints(min_length=1)] = "Central warehouse"
    """Where shipments come from."""
    replicas: Annotated[int, Field(ge=1)] = 1
    """Processors that share the work; one more than the topic has partitions has nothing to do."""
    most_waiting: Annotated[int, Field(ge=0)] = 100
    """Orders of a partition that may wait for a quarter of an hour before the owner 'platform' is told, if Kafka is on
    MSK: more than a batch under way, and as few as your shop has in the time after which you want to know."""
    cpu: Annotated[float, Field(gt=0)] = 0.2
    """CPUs that each is sure of; it may use more where a node has them left."""
    memory_mib: Annotated[int, Field(ge=192)] = 384
    """Of each. A processor without work has 86 MiB (measured); while it catches up, its Kafka client holds up to 64 MiB
    of records (librdkafka: queued.max.messages.kbytes) and 50 MiB under way (fetch.max.bytes)."""


def check_web_orders(
    settings: WebOrdersSettings | None,
    sources: Mapping[str, SourceSettings],
    streams: StreamsSettings | None,
    image: ImageSettings,
) -> None:
    """Raise `WrongAt` for sources that are none or of another engine, and for topics that there won't be."""
    if settings is None:
        if image.weborders:
            raise WrongAt(("image", "weborders"), "no effect without web_orders; remove it")
        return
    for key, engine in _ENGINES.items():
        name: str = getattr(settings, key)
        if name not in sources:
            raise WrongAt(("web_orders", key), f"there is no source '{name}' in sources{nearest(name, list(sources))}")
        if sources[name].engine != engine:
            fitting = [each for each, source in sources.items() if source.engine == engine]
            known = f"; of that are: {', '.join(sorted(fitting))}" if fitting else ""
            problem = f"the source '{name}' has the engine {sources[name].engine}, and {engine} is needed{known}"
            raise WrongAt(("web_orders", key), problem)
    source = sources[settings.source]
    if streams and source.engine == "kafka" and source.bootstrap_servers is None:
        _check_topics(settings, streams)


def _check_topics(settings: WebOrdersSettings, streams: StreamsSettings) -> None:
    """The stack's own Kafka has the topics that the stack file names, and no others."""
    for topic in (TOPIC, DEAD_LETTERS):
        if topic not in streams.topics:
            use = "reads it" if topic == TOPIC else "puts there what it can't enter"
            raise WrongAt(("streams", "topics"), f"no topic '{topic}', and web_orders {use}; add it to these")
    partitions = streams.topics[TOPIC].partitions
    if settings.replicas > partitions:
        problem = (
            f"{settings.replicas} processors, and streams.topics.{TOPIC} has {partitions} partitions, each of which "
            "has one reader; have fewer of them, or more partitions"
        )
        raise WrongAt(("web_orders", "replicas"), problem)
