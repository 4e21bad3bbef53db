"""How far the group is in the topic: commits it, and knows when nothing is left."""

import logging

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from weborders.errors import Failed

_ANSWER_SECONDS = 3.0
# They stay until somebody changes a grant; all others pass, and what is not committed is read again.
_REFUSED = (KafkaError.GROUP_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED)

_log = logging.getLogger(__name__)


class Offsets:
    """What this consumer has done with and not committed yet, by partition of one topic."""

    def __init__(self, consumer: Consumer, topic: str) -> None:
        self._consumer = consumer
        self._topic = topic
        self._done: dict[int, int] = {}

    def done_with(self, messages: list[Message]) -> None:
        """Both databases, or the dead letters, have them."""
        for message in messages:
            partition, offset = message.partition(), message.offset()
            assert partition is not None and offset is not None
            self._done[partition] = max(self._done.get(partition, 0), offset + 1)

    def forget(self, partitions: list[TopicPartition]) -> None:
        """They are another consumer's now."""
        for each in partitions:
            self._done.pop(each.partition, None)

    def commit(self) -> None:
        """Commit what is done with; what can't be now is tried again at the next call. `Failed` when it is refused."""
        if not self._done:
            return
        wanted = [TopicPartition(self._topic, partition, offset) for partition, offset in self._done.items()]
        try:
            results = self._consumer.commit(offsets=wanted, asynchronous=False)
        except KafkaException as error:
            self._not_committed(error.args[0])
            return
        for result in results:
            if result.error is not None:
                self._not_committed(result.error)
            elif self._done.get(result.partition) == result.offset:
                del self._done[result.partition]

    def drained(self, partitions: list[int]) -> bool:
        """Whether the group has committed all that is in the topic, whichever of its consumers did it."""
        if self._done:
            return False
        wanted = [TopicPartition(self._topic, partition) for partition in partitions]
        try:
            for each in self._consumer.committed(wanted, timeout=_ANSWER_SECONDS):
                low, high = self._consumer.get_watermark_offsets(each, timeout=_ANSWER_SECONDS)
                if max(each.offset, low) < high:
                    return False
        except KafkaException as error:
            _log.debug("%s", error)
            return False
        return True

    def _not_committed(self, error: KafkaError) -> None:
        if error.fatal() or error.code() in _REFUSED:
            raise Failed(f"the brokers don't let the group commit its offsets ({error.str()}): check its rights")
        _log.warning("offsets not committed (%s): their orders may be read again, and are known then", error.str())
