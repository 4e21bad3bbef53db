"""Replication slots of a job that are held for a savepoint.

PostgreSQL forgets what a slot has confirmed, and a job confirms its position at each completed checkpoint; asked for an
earlier one, the server silently begins at the confirmed one (PostgreSQL docs: "START_REPLICATION"). A copy of the slot
keeps both the position and the log from there on (PostgreSQL docs: `pg_copy_logical_replication_slot`).
"""

import time
from collections.abc import Iterable, Sequence
from uuid import uuid4

from sandbox.addresses import Login
from sandbox.sample.sources import connect_postgres
from sandbox.savepoints import HeldSlot

_RELEASE_SECONDS = 15


class SlotLost(Exception):
    """A slot is not what a rewind needs; `str()` says why."""


def hold(login: Login, slots: Sequence[str]) -> tuple[HeldSlot, ...]:
    """Copy those that are there: before a savepoint is taken, so that no copy is ahead of it."""
    held: list[HeldSlot] = []
    for slot, database in _databases(login, slots).items():
        copy = HeldSlot(slot=slot, copy_name=f"held_{uuid4().hex}", database=database)
        with connect_postgres(login, database) as connection:
            connection.execute("SELECT pg_copy_logical_replication_slot(%s, %s)", [slot, copy.copy_name])
        held.append(copy)
    return tuple(held)


def check(login: Login, held: Iterable[HeldSlot]) -> None:
    """Raise `SlotLost` for a copy that is gone, or whose log the server gave up (`max_slot_wal_keep_size`)."""
    for each in held:
        with connect_postgres(login, "postgres") as connection:
            found = connection.execute(
                "SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", [each.copy_name]
            ).fetchone()
        if found is None or found[0] in ("lost", "unreserved"):
            what = "is gone" if found is None else "has lost its log (max_slot_wal_keep_size)"
            raise SlotLost(
                f"PostgreSQL no longer has the changes since this savepoint: the slot {each.copy_name}, which held "
                f"them for {each.slot}, {what}"
            )


def put_back(login: Login, held: Iterable[HeldSlot]) -> None:
    """Give each slot the position of its copy; nobody may read it. Raises `SlotLost` when somebody does."""
    for each in held:
        _drop(login, each.slot)
        with connect_postgres(login, each.database) as connection:
            connection.execute("SELECT pg_copy_logical_replication_slot(%s, %s)", [each.copy_name, each.slot])


def release(login: Login, held: Iterable[HeldSlot]) -> None:
    """Keep the log for these no longer."""
    for each in held:
        _drop(login, each.copy_name)


def _drop(login: Login, slot: str) -> None:
    deadline = time.monotonic() + _RELEASE_SECONDS
    with connect_postgres(login, "postgres") as connection:
        while True:
            connection.execute(
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
                " WHERE slot_name = %s AND NOT active",
                [slot],
            )
            if not connection.execute("SELECT FROM pg_replication_slots WHERE slot_name = %s", [slot]).rowcount:
                return
            if time.monotonic() > deadline:
                raise SlotLost(f"somebody still reads the replication slot {slot}")
            # The server notices within moments that the reader of a slot is gone.
            time.sleep(0.1)


def _databases(login: Login, slots: Sequence[str]) -> dict[str, str]:
    with connect_postgres(login, "postgres") as connection:
        found = connection.execute(
            "SELECT slot_name, database FROM pg_replication_slots WHERE slot_name = ANY(%s)", [list(slots)]
        )
        return {str(slot): str(database) for slot, database in found}
