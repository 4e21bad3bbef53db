"""The topic of records that could not be processed."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import cast

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from weborders.errors import Failed
from weborders.kafka import Brokers
from weborders.patience import Patience

_CREATE_SECONDS = 10
# A record of the largest size that the brokers take by default, with room for the headers.
_LARGEST_RECORD = 2 * 1024 * 1024
_BROKERS_DEFAULT = -1


class DeadLetters:
    """Hands records on as they are, with the headers `reason`, `topic`, `partition` and `offset` added."""

    def __init__(self, brokers: Brokers, topic: str, patience: Patience) -> None:
        self._topic = topic
        self._patience = patience
        self._producer = brokers.producer()
        self._error: KafkaError | None = None
        if not patience.keep_trying(lambda: brokers.partitions(self._producer, topic), remedy="check the brokers"):
            self._create(brokers)

    def send(self, letters: Sequence[tuple[Message, str]]) -> None:
        """Returns when the brokers have all of them; `Failed` when they don't take one."""
        for message, reason in letters:
            origin = {
                "reason": reason,
                "topic": message.topic() or "",
                "partition": str(message.partition()),
                "offset": str(message.offset()),
            }
            self._produce(message, [*_headers(message), *((name, text.encode()) for name, text in origin.items())])
        left = self._producer.flush(self._patience.seconds + 5)
        if self._error is not None or left:
            why = self._error.str() if self._error else "no answer"
            raise Failed(
                f"the brokers did not take a record for {self._topic} ({why}): check them and the topic's settings; "
                "what it came from is not committed, and will be read again"
            )

    def _produce(self, message: Message, headers: list[tuple[str, bytes]]) -> None:
        made = max(message.timestamp()[1], 0)
        while True:
            try:
                self._producer.produce(
                    self._topic,
                    message.value(),
                    message.key(),
                    timestamp=made,
                    headers=cast("list[tuple[str, str | bytes | None]]", headers),
                    on_delivery=self._delivered,
                )
                return
            except BufferError:  # as much is under way as it holds
                self._producer.poll(0.1)

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        self._error = self._error or error

    def _create(self, brokers: Brokers) -> None:
        topic = NewTopic(
            self._topic,
            num_partitions=1,
            replication_factor=_BROKERS_DEFAULT,
            config={"max.message.bytes": str(_LARGEST_RECORD)},
        )
        admin = AdminClient(brokers.client_settings())  # it has to live until the answer is there
        created = cast(
            dict[str, Future[None]],
            admin.create_topics([topic], operation_timeout=_CREATE_SECONDS),  # pyright: ignore[reportUnknownMemberType]
        )
        try:
            created[self._topic].result(2 * _CREATE_SECONDS)
        except KafkaException as error:
            refusal = cast(KafkaError, error.args[0])
            if refusal.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise Failed(f"can't create the topic {self._topic} ({refusal.str()}): create it yourself") from error


def _headers(message: Message) -> list[tuple[str, bytes]]:
    return cast("list[tuple[str, bytes]]", message.headers() or [])
