"""Sends web orders to Kafka, and knows of each one whether the brokers have it."""

import time
from itertools import islice

from confluent_kafka import KafkaError, Message, Producer

from weborders import avro, customers
from weborders.errors import Failed, Stopped
from weborders.kafka import Brokers
from weborders.order import SCHEMA
from weborders.pace import Pace
from weborders.patience import Patience
from weborders.progress import Progress
from weborders.registry import SchemaRegistry

_TICK = 0.1


class Generator:
    """Sends orders to one topic. `acknowledged` counts those that all in-sync replicas have."""

    def __init__(self, brokers: Brokers, registry: SchemaRegistry, topic: str, patience: Patience) -> None:
        self._brokers = brokers
        self._registry = registry
        self._topic = topic
        self._patience = patience
        self._producer: Producer = brokers.producer()
        self._error: KafkaError | None = None
        self.acknowledged = 0

    def run(self, count: int, seed: int | None, pace: Pace, progress: Progress) -> None:
        """Send `count` orders; returns when all are acknowledged.

        Raises `Failed` when one can't be sent or the schema is refused, and `Stopped` when asked to end; what was sent
        until then is waited for in both cases.
        """
        self._brokers.require_topic(self._producer, self._topic)
        schema_id = self._registry.register(f"{self._topic}-value", SCHEMA)
        due = time.monotonic()
        try:
            for index, pause in enumerate(islice(pace.pauses(), count)):
                due += pause
                self._wait_until(due, count, progress)
                self._send(index, seed, schema_id)
        finally:
            self._flush()
        progress(self.acknowledged, self._words(count))

    def _send(self, index: int, seed: int | None, schema_id: int) -> None:
        order = customers.order(index, seed)
        value, key = avro.encode(order, schema_id), str(order.web_order_id)
        while True:
            try:
                self._producer.produce(self._topic, value, key, on_delivery=self._delivered)
                return
            except BufferError:  # as many are under way as it holds
                self._poll(_TICK)

    def _wait_until(self, due: float, count: int, progress: Progress) -> None:
        while True:
            left = due - time.monotonic()
            self._poll(min(max(left, 0.0), _TICK))
            progress(self.acknowledged, self._words(count))
            if left <= 0:
                return

    def _poll(self, seconds: float) -> None:
        self._producer.poll(seconds)
        if self._patience.stop.is_set():
            raise Stopped
        if self._error is not None:
            raise self._failed(self._error)

    def _flush(self) -> None:
        # The producer itself gives up after the patience: then each order's delivery report says so.
        left = self._producer.flush(self._patience.seconds + 5)
        if self._error is not None:
            raise self._failed(self._error)
        if left:
            raise Failed(f"{left} orders are neither acknowledged nor refused, {self.acknowledged} are acknowledged")

    def _delivered(self, error: KafkaError | None, _: Message) -> None:
        if error is None:
            self.acknowledged += 1
        elif self._error is None:
            self._error = error

    def _failed(self, error: KafkaError) -> Failed:
        # What is still under way fails of the same; or it gets there: then it counts.
        self._producer.purge(in_queue=True, in_flight=False)
        self._producer.flush(_TICK)
        return Failed(
            f"the brokers did not take an order for the topic {self._topic} ({error.str()}); "
            f"{self.acknowledged} orders were acknowledged. Check the brokers (running? disk full?) and run it again: "
            "with the same --seed it sends the same orders, and the processor enters each once"
        )

    def _words(self, count: int) -> str:
        return f"{self.acknowledged} of {count} orders acknowledged"
