"""Consumes web orders, has them entered into both databases, and commits how far it is after that."""

import logging
import time
from collections import Counter
from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from weborders.avro import Decoder, Unreadable
from weborders.dead_letters import DeadLetters
from weborders.entry import Entry, Refused
from weborders.errors import Failed, Stopped
from weborders.kafka import Brokers
from weborders.offsets import Offsets
from weborders.order import WebOrder
from weborders.patience import Patience
from weborders.progress import Progress

_BATCH = 500
_TICK_SECONDS = 0.2
# What came meanwhile shares the batch's two transactions; waiting longer would cost freshness.
_GATHER_SECONDS = 0.02

_log = logging.getLogger(__name__)


class Processor:
    """One consumer of the group. `counts`: orders `placed` and `redelivered`, and `dead letters`."""

    def __init__(
        self,
        brokers: Brokers,
        topic: str,
        decoder: Decoder,
        entry: Entry,
        dead_letters: DeadLetters,
        patience: Patience,
    ) -> None:
        self._brokers = brokers
        self._topic = topic
        self._decoder = decoder
        self._entry = entry
        self._dead_letters = dead_letters
        self._patience = patience
        self._consumer: Consumer = brokers.consumer()
        self._offsets = Offsets(self._consumer, topic)
        self._partitions = brokers.require_topic(self._consumer, topic)
        self.counts = Counter[str]()

    def run(self, progress: Progress, *, until_idle: float | None = None) -> None:
        """Until asked to end; or until nothing came for `until_idle` seconds and the group is done with the topic.

        Raises `Failed` when a server is away for longer than the patience, or refuses.
        """
        self._consumer.subscribe([self._topic], on_revoke=self._revoked, on_lost=self._revoked)
        busy = time.monotonic()
        try:
            while not self._patience.stop.is_set():
                messages = self._consume()
                if messages:
                    self._process(messages)
                    busy = time.monotonic()
                self._offsets.commit()
                progress(sum(self.counts.values()), self.words())
                if messages:
                    continue
                self._look_after_brokers()
                idle = time.monotonic() - busy
                if until_idle is not None and idle >= until_idle and self._offsets.drained(self._partitions):
                    return
        except Stopped:
            pass  # while it waited for a server: the batch is not committed, and will be read again
        finally:
            self._consumer.close()

    def words(self) -> str:
        """What it did until now."""
        names = ("placed", "redelivered", "dead letters")
        return ", ".join(f"{name} {self.counts[name]}" for name in names)

    def _consume(self) -> list[Message]:
        """What is there; without errors, which are logged or raised as `Failed`."""
        messages = self._consumer.consume(1, timeout=_TICK_SECONDS)
        if messages:
            messages += self._consumer.consume(_BATCH - 1, timeout=_GATHER_SECONDS)
        for message in messages:
            if error := message.error():
                self._heard(error)
        return [message for message in messages if message.error() is None]

    def _process(self, messages: list[Message]) -> None:
        orders: list[tuple[Message, WebOrder]] = []
        letters: list[tuple[Message, str]] = []
        for message in messages:
            try:
                orders.append((message, self._decoder.decode(message.value())))
            except Unreadable as error:
                letters.append((message, str(error)))
        outcomes = self._entry.enter([order for _, order in orders])
        for (message, _), outcome in zip(orders, outcomes, strict=True):
            if isinstance(outcome, Refused):
                letters.append((message, outcome.reason))
        if letters:
            self._bury(letters)
        self._offsets.done_with(messages)
        self.counts.update(outcome for outcome in outcomes if not isinstance(outcome, Refused))

    def _bury(self, letters: Iterable[tuple[Message, str]]) -> None:
        in_order = sorted(letters, key=lambda letter: (letter[0].partition(), letter[0].offset()))
        for message, reason in in_order:
            _log.warning("dead letter: partition %s, offset %s: %s", message.partition(), message.offset(), reason)
        self._dead_letters.send(in_order)
        self.counts["dead letters"] += len(in_order)

    def _look_after_brokers(self) -> None:
        """After word of trouble, wait until they answer. The topic may have got more partitions meanwhile."""
        if self._brokers.troubled:
            self._partitions = self._brokers.require_topic(self._consumer, self._topic)

    def _revoked(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        # All that was consumed is done with and committed before the next call that could take partitions away.
        self._offsets.forget(partitions)

    def _heard(self, error: KafkaError) -> None:
        refused = (
            KafkaError.TOPIC_AUTHORIZATION_FAILED,
            KafkaError.GROUP_AUTHORIZATION_FAILED,
            KafkaError.UNKNOWN_TOPIC_OR_PART,
        )
        if error.fatal() or error.code() in refused:
            raise Failed(f"can't read the topic {self._topic}: {error.str()}")
        _log.warning("%s", error.str())
