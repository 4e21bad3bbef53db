"""Replication slots that are held for a savepoint, on the real server."""

import psycopg
import pytest

from sandbox.databases import slots
from sandbox.databases.slots import SlotLost
from sandbox.sample.sources import connect_postgres
from tests.sandbox.conftest import SourceDatabases

SLOT = "sandbox_job_shipments"


def names(session: "psycopg.Connection[object]") -> dict[str, str]:
    found = session.execute("SELECT slot_name, confirmed_flush_lsn FROM pg_replication_slots").fetchall()
    return {str(row[0]): str(row[1]) for row in found}  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]


def changes(session: "psycopg.Connection[object]", slot: str) -> int:
    options = "'proto_version', '1', 'publication_names', 'lakehouse'"
    taken = session.execute(
        f"SELECT count(*) FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL, {options})", [slot]
    )
    row = taken.fetchone()
    assert row is not None
    return int(row[0])  # pyright: ignore[reportIndexIssue, reportUnknownArgumentType]


def test_what_a_slot_has_confirmed_comes_again_from_its_copy(sources: SourceDatabases) -> None:
    login = sources.postgres
    with connect_postgres(login, sources.shipdb) as session:
        session.execute("CREATE TABLE t (id INT PRIMARY KEY)")
        session.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [SLOT])
        try:
            (held,) = slots.hold(login, [SLOT, "sandbox_of_nobody"])
            assert (held.slot, held.database) == (SLOT, sources.shipdb)
            session.execute("INSERT INTO t VALUES (1), (2)")
            before = changes(session, SLOT)
            assert before >= 2
            session.execute("SELECT pg_replication_slot_advance(%s, pg_current_wal_lsn())", [SLOT])
            assert changes(session, SLOT) == 0, "the server forgets what was confirmed"
            slots.check(login, [held])
            slots.put_back(login, [held])
            assert changes(session, SLOT) == before
            slots.release(login, [held])
            assert held.copy_name not in names(session)
            with pytest.raises(SlotLost, match=f"{held.copy_name}, which held them for {SLOT}, is gone"):
                slots.check(login, [held])
        finally:
            session.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")
