"""When each web order is first seen in Kafka and in both databases: looked at from outside, by readers of their own."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pymysql
from confluent_kafka import Consumer

from sandbox.addresses import Kafka, Login
from sandbox.sample.sources import connect_mysql, connect_postgres
from weborders.avro import Decoder
from weborders.order import WebOrder

_INTERVAL_SECONDS = 0.02


@dataclass
class Trail:
    """By web_order_id, and from there by order_id; moments are seconds since the epoch."""

    records: list[WebOrder] = field(default_factory=list[WebOrder])
    """As Kafka has them, in the order in which they were read."""
    in_kafka: dict[str, float] = field(default_factory=dict[str, float])
    order_ids: dict[str, int] = field(default_factory=dict[str, int])
    in_erpdb: dict[str, float] = field(default_factory=dict[str, float])
    in_shipdb: dict[int, float] = field(default_factory=dict[int, float])

    def in_both(self, web_order_id: str) -> float | None:
        """When both databases had it."""
        order_id = self.order_ids.get(web_order_id)
        moments = (self.in_erpdb.get(web_order_id), self.in_shipdb.get(order_id) if order_id else None)
        return None if None in moments else max(moment for moment in moments if moment is not None)


class TrailWatcher:
    """Follows orders that come from now on, in threads of its own, until it is left; what goes wrong in one is raised
    then."""

    def __init__(
        self, kafka: Kafka, topic: str, decoder: Decoder, mysql: Login, erpdb: str, postgres: Login, shipdb: str
    ) -> None:
        self.trail = Trail()
        self._stop = threading.Event()
        self._errors: list[Exception] = []
        self._kafka, self._topic, self._decoder = kafka, topic, decoder
        self._mysql, self._erpdb, self._postgres, self._shipdb = mysql, erpdb, postgres, shipdb
        looks = (self._follow_kafka, self._follow_erpdb, self._follow_shipdb)
        self._threads = [threading.Thread(target=self._guarded, args=(look,), daemon=True) for look in looks]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if error is None and self._errors:
            raise self._errors[0]

    def _guarded(self, look: Callable[[], None]) -> None:
        try:
            look()
        except Exception as error:  # Whatever it is, leaving says it; a thread that dies on it would not.
            self._errors.append(error)

    def _follow_kafka(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self._kafka.bootstrap_servers,
                "group.id": "demo",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 10,
            }
        )
        try:
            consumer.subscribe([self._topic])
            while not self._stop.is_set():
                message = consumer.poll(0.1)
                if message is None or message.error():
                    continue
                seen_at = time.time()
                order = self._decoder.decode(message.value())
                self.trail.records.append(order)
                self.trail.in_kafka.setdefault(str(order.web_order_id), seen_at)
        finally:
            consumer.close()

    def _follow_erpdb(self) -> None:
        with connect_mysql(self._mysql, self._erpdb) as connection, connection.cursor() as cursor:
            self._every(lambda: self._look_at_orders(cursor))

    def _look_at_orders(self, cursor: "pymysql.cursors.Cursor") -> None:
        newest = max(self.trail.order_ids.values(), default=0)
        # Numbers are given as transactions begin, so one that is lower may show later.
        cursor.execute(
            "SELECT web_order_id, order_id FROM orders WHERE web_order_id IS NOT NULL AND order_id > %s",
            (newest - 1000,),
        )
        seen_at = time.time()
        for web_order_id, order_id in cursor.fetchall():
            self.trail.order_ids[str(web_order_id)] = int(order_id)
            self.trail.in_erpdb.setdefault(str(web_order_id), seen_at)

    def _follow_shipdb(self) -> None:
        with connect_postgres(self._postgres, self._shipdb) as session:
            start = session.execute("SELECT coalesce(max(shipment_id), 0) FROM shipments").fetchone()
            first = int(start[0]) if start else 0
            newest = first

            def look() -> None:
                nonlocal newest
                found = session.execute(
                    "SELECT shipment_id, order_id FROM shipments WHERE shipment_id > %s", (max(first, newest - 1000),)
                ).fetchall()
                seen_at = time.time()
                for shipment_id, order_id in found:
                    self.trail.in_shipdb.setdefault(int(order_id), seen_at)
                    newest = max(newest, int(shipment_id))

            self._every(look)

    def _every(self, look: Callable[[], None]) -> None:
        while not self._stop.is_set():
            look()
            self._stop.wait(_INTERVAL_SECONDS)
