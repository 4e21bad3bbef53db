"""How clients reach the brokers."""

import logging
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from weborders.errors import Failed, Unavailable
from weborders.msk import IamToken
from weborders.patience import Patience
from weborders.settings import KafkaSettings

_ANSWER_SECONDS = 3.0
_REMEDY = "check KAFKA_BOOTSTRAP_SERVERS and KAFKA_SECURITY, and whether the brokers run"

_log = logging.getLogger(__name__)


class Brokers:
    """The brokers of the settings, and what was last heard of trouble with them."""

    def __init__(self, settings: KafkaSettings, patience: Patience) -> None:
        self._settings = settings
        self._patience = patience
        self._trouble: KafkaError | None = None

    @property
    def troubled(self) -> bool:
        """Whether a client told of an error since the brokers last answered `require_topic`."""
        return self._trouble is not None

    def producer(self) -> Producer:
        """One that loses, doubles and reorders nothing; what is not acknowledged within the patience has failed."""
        return Producer(
            self._client()
            | {
                "enable.idempotence": True,  # with acks=all
                "delivery.timeout.ms": max(1000, int(self._patience.seconds * 1000)),
                # As Java's clients do: an order has one partition, whoever sends it.
                "partitioner": "murmur2_random",
                # A dead letter may be as large as any record; the brokers say what is too large.
                "message.max.bytes": 1_000_000_000,
            }
        )

    def consumer(self) -> Consumer:
        """One that begins at the oldest record, and whose offsets are committed by hand."""
        return Consumer(
            self._client()
            | {
                "group.id": self._settings.group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "cooperative-sticky",
                # The least that brokers grant: the partitions of a killed processor wait that long for another one.
                "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 1500,
                # A request for offsets waits behind one for records, and that for records (default: 500 ms).
                "fetch.wait.max.ms": 100,
                # Between two polls, each server may be waited for.
                "max.poll.interval.ms": max(300_000, int(self._patience.seconds * 5000)),
            }
        )

    def require_topic(self, client: Producer | Consumer, topic: str) -> list[int]:
        """The topic's partitions; `Failed` when there is no such topic, or no broker answers in time."""
        partitions = self._patience.keep_trying(lambda: self.partitions(client, topic), remedy=_REMEDY)
        if not partitions:
            raise Failed(
                f"there is no topic {topic} at {self._settings.bootstrap_servers}: create it, or check KAFKA_TOPIC"
            )
        return partitions

    def partitions(self, client: Producer | Consumer, topic: str) -> list[int]:
        """The topic's partitions, none where it does not exist; `Unavailable` when no broker answers."""
        try:
            found = client.list_topics(topic, timeout=_ANSWER_SECONDS).topics[topic]
        except KafkaException as error:
            if isinstance(client, Producer):
                client.poll(0)  # brings the reason; to poll a consumer would take a record from it
            raise Unavailable(self._away(error.args[0])) from error
        if found.error is not None:
            if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return []
            if found.error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
                raise Failed(f"the brokers do not let us use the topic {topic}: {found.error.str()}")
            raise Unavailable(f"the topic {topic} is not ready: {found.error.str()}")
        self._trouble = None
        return sorted(found.partitions)

    def client_settings(self) -> dict[str, Any]:
        """For an `AdminClient`."""
        return self._client()

    def _away(self, error: KafkaError) -> str:
        heard = f"; {self._trouble.str()}" if self._trouble else ""
        return f"no broker at {self._settings.bootstrap_servers} answers ({error.str()}{heard})"

    def _heard(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN or self._trouble is None:  # pyright: ignore[reportPrivateUsage]
            _log.debug("%s", error.str())
            self._trouble = error

    def _client(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "bootstrap.servers": self._settings.bootstrap_servers,
            "client.id": "weborders",
            "error_cb": self._heard,
            # Its own log has a line for each refused connection; what matters comes through `error_cb`.
            "log_level": 2,
            # So long a call may take when the brokers went away: a pod has 30 s to end.
            "socket.timeout.ms": 10_000,
            "reconnect.backoff.max.ms": 2000,
        }
        if self._settings.security == "iam":
            settings |= {
                "security.protocol": "SASL_SSL",
                "sasl.mechanisms": "OAUTHBEARER",
                "oauth_cb": IamToken(self._settings.region or ""),
            }
        return settings
