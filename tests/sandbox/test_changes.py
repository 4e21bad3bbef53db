"""The live workload: what it draws, at what pace, what it says of each change, what it does without its database."""

import threading
import time
from collections import Counter, defaultdict
from itertools import pairwise
from typing import get_args

import psycopg
import pytest

from sandbox.addresses import Login
from sandbox.demo.changes import Change, ChangeStream, achieved_rate
from sandbox.sample.generator import generate, load
from sandbox.sample.mutations import Kind, Mutation
from sandbox.sample.sources import Sources, connect_mysql
from sandbox.sample.tables import EnrichedOrder, Order, Product, Shipment
from sandbox.sample.workload import MAX_FAN_OUT, NothingToChange, Step, Workload
from sandbox.sample.writer import OutOfStep, SourceLost, Writer, sql
from tests.sandbox.conftest import SourceDatabases


def sample_sources(orders: int = 500) -> Sources:
    sample = generate(orders, seed=3)
    return Sources.of([*sample.products, *sample.orders, *sample.shipments])


def steps(count: int, *, seed: int = 1, sources: Sources | None = None) -> list[Step]:
    workload = Workload(sources or sample_sources(), seed)
    return [workload.next() for _ in range(count)]


def test_the_same_seed_and_data_give_the_same_changes() -> None:
    assert steps(300) == steps(300)
    assert steps(300) != steps(300, seed=2)


def test_every_kind_of_change_comes() -> None:
    assert {step.mutation.kind for step in steps(3_000)} == set(get_args(Kind))


def test_an_effect_is_the_joined_row_after_the_change() -> None:
    sources = sample_sources()
    workload = Workload(sources, seed=1)
    for _ in range(1_000):
        before = {row.order_id: row for row in sources.all_enriched()}
        step = workload.next()
        after = {row.order_id: row for row in sources.all_enriched()}
        changed = {key: after.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        assert step.effect == changed


def test_a_row_never_returns_to_a_state_that_it_had() -> None:
    sources = sample_sources(50)
    states: dict[int, list[EnrichedOrder | None]] = defaultdict(list)
    for row in sources.all_enriched():
        states[row.order_id].append(row)
    for step in steps(3_000, sources=sources):
        for order_id, row in step.effect.items():
            assert row is None or row not in states[order_id]
            states[order_id].append(row)


def test_deleted_orders_come_back_under_their_number() -> None:
    drawn = [step.mutation for step in steps(4_000)]
    deleted = {mutation.row for mutation in drawn if mutation.kind == "delete order"}
    inserted = {mutation.row for mutation in drawn if mutation.kind == "insert order"}
    assert {row.order_id for row in deleted if isinstance(row, Order)} & {
        row.order_id for row in inserted if isinstance(row, Order)
    }


def test_an_order_is_deleted_right_after_its_shipment() -> None:
    drawn = [step.mutation for step in steps(2_000)]
    followed = [
        before.row.order_id == after.row.order_id
        for before, after in pairwise(drawn)
        if isinstance(before.row, Shipment) and isinstance(after.row, Order) and after.kind == "delete order"
        if before.kind == "delete shipment"
    ]
    assert any(followed)


def test_no_shipment_outlives_its_order() -> None:
    sources = sample_sources()
    steps(3_000, sources=sources)
    assert set(sources.shipment_of) <= set(sources.orders)


def test_a_change_of_a_product_fans_out_but_not_far_and_a_price_shows_nowhere() -> None:
    products = [step for step in steps(5_000) if isinstance(step.mutation.row, Product)]
    assert 2 < max(len(step.effect) for step in products) <= MAX_FAN_OUT
    assert all(step.effect == {} for step in products if step.mutation.kind == "reprice product")


def test_a_workload_starts_with_inserts_when_there_is_nothing_yet() -> None:
    assert steps(1, sources=Sources())[0].mutation.kind == "insert order"


def test_a_workload_that_can_draw_nothing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: Workload) -> tuple[()]:
        return ()

    monkeypatch.setattr(Workload, "_insert_order", nothing)
    with pytest.raises(NothingToChange, match="0 orders"):
        steps(1, sources=Sources())


def test_statements_name_their_columns_and_an_update_only_the_changed_ones() -> None:
    statements = {step.mutation.kind: sql(step.mutation)[0] for step in steps(3_000)}
    assert statements["reprice product"] == "UPDATE products SET price = %s WHERE id = %s"
    assert statements["delete shipment"] == "DELETE FROM shipments WHERE shipment_id = %s"
    assert statements["insert shipment"] == (
        "INSERT INTO shipments (shipment_id, order_id, origin, destination, has_arrived) VALUES (%s, %s, %s, %s, %s)"
    )


def test_the_databases_end_up_as_the_model_says(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=300, seed=7)
    before = {row.order_id: row for row in Sources.read(*sources.arguments).all_enriched()}
    changes = ChangeStream(*sources.arguments, seed=3, rate=1_000).run(count=400)
    for change in changes:
        for order_id, row in change.effect.items():
            if row is None:
                before.pop(order_id)
            else:
                before[order_id] = row
    assert {row.order_id: row for row in Sources.read(*sources.arguments).all_enriched()} == before
    assert [change.sequence for change in changes] == list(range(1, 401))
    assert Counter(change.source for change in changes).keys() == {"mysql", "postgres"}


def test_the_pace_is_kept_and_reported(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=100, seed=7)
    seen: list[Change] = []
    began = time.time()
    changes = ChangeStream(*sources.arguments, seed=3, rate=40).run(1.5, on_change=seen.append)
    assert seen == changes
    assert len(changes) == 60
    assert 20 < achieved_rate(changes) < 60
    assert all(began <= earlier.committed_at <= later.committed_at for earlier, later in pairwise(changes))


def test_a_late_change_does_not_put_off_the_next_ones(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=100, seed=7)
    pauses = iter([0.5])
    changes = ChangeStream(*sources.arguments, seed=3, rate=40).run(
        count=40, on_change=lambda _: time.sleep(next(pauses, 0))
    )
    assert changes[-1].committed_at - changes[0].committed_at < 1.4


def test_it_stops_when_told(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=100, seed=7)
    stop = threading.Event()
    stream = ChangeStream(*sources.arguments, seed=3, rate=1)
    began = time.monotonic()
    changes = stream.run(stop=stop, on_change=lambda _: stop.set())
    assert (len(changes), time.monotonic() - began < 5) == (1, True)


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_must_be_positive(rate: float) -> None:
    nowhere = Login("mysql", "127.0.0.1", 1, "", "")
    with pytest.raises(ValueError, match=f"rate is {rate}"):
        ChangeStream(nowhere, "", nowhere, "", rate=rate)


def test_a_run_needs_an_end(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=10, seed=7)
    with pytest.raises(ValueError, match="seconds, count or stop"):
        ChangeStream(*sources.arguments).run()


def test_the_rate_of_less_than_two_changes_is_zero() -> None:
    assert achieved_rate([]) == 0.0


def test_a_lost_connection_is_opened_again(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=100, seed=7)

    def disconnect(change: Change) -> None:
        if change.sequence % 10 == 0:
            kill_sessions(sources)

    ChangeStream(*sources.arguments, seed=3, rate=200).run(count=60, on_change=disconnect)


def test_a_commit_that_took_place_before_the_connection_was_lost_is_not_repeated(sources: SourceDatabases) -> None:
    sample = load(*sources.arguments, orders=1, seed=7)
    gone = Mutation("delete order", sample.orders[0], None)
    Writer(sources.mysql, sources.erpdb).commit(gone)
    writer = Writer(sources.mysql, sources.erpdb)
    writer._commit_again(gone)  # pyright: ignore[reportPrivateUsage]
    assert Sources.read(*sources.arguments).orders == {}


def test_a_database_that_stays_away_is_named() -> None:
    away = Login("postgres", "127.0.0.1", 1, "nobody", "")
    mutation = next(step.mutation for step in steps(100) if step.mutation.source == "postgres")
    with pytest.raises(SourceLost, match=r"PostgreSQL at 127\.0\.0\.1:1 \(database shipdb\) went away before it had"):
        Writer(away, "shipdb", patience=0.1).commit(mutation)


def test_another_writer_is_noticed(sources: SourceDatabases) -> None:
    load(*sources.arguments, orders=100, seed=7)
    stream = ChangeStream(*sources.arguments, seed=3, rate=1_000)
    with connect_mysql(sources.mysql, sources.erpdb) as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM orders")
    with pytest.raises(OutOfStep, match="nobody else may write"):
        stream.run(count=50)


def kill_sessions(sources: SourceDatabases) -> None:
    with connect_mysql(sources.mysql, sources.erpdb) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM information_schema.processlist WHERE db = %s AND id <> connection_id()", (sources.erpdb,)
        )
        for (session,) in cursor.fetchall():
            cursor.execute(f"KILL {session}")
    login = sources.postgres
    with psycopg.connect(
        host=login.host, port=login.port, user=login.username, password=login.password, dbname=sources.shipdb
    ) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
