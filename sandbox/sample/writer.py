"""Commits mutations to one source database, each in a transaction of its own, and gets over a lost connection."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import psycopg
import pymysql

from sandbox.addresses import Login
from sandbox.sample.mutations import Mutation
from sandbox.sample.sources import Row, connect_mysql, connect_postgres
from sandbox.sample.tables import Order, Product, Shipment

_TABLES: dict[type[Row], str] = {
    Product: "products",
    Order: "orders",
    Shipment: "shipments",
}
_ENGINES = {"mysql": "MySQL", "postgres": "PostgreSQL"}

_CONNECTION_ERRORS = (
    pymysql.err.OperationalError,
    pymysql.err.InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)


class SourceLost(Exception):
    """A source database went away and did not come back in time."""


class OutOfStep(Exception):
    """A row is not what the model says: somebody else writes to the source database."""


class Writer:
    """A session with one database, opened at the first commit; a lost one is opened again for `patience` seconds."""

    def __init__(self, login: Login, database: str, *, patience: float = 10) -> None:
        self._login = login
        self._database = database
        self._patience = patience
        self._session: Any = None

    def commit(self, mutation: Mutation) -> None:
        """Make the mutation durable, exactly once. Raises SourceLost, OutOfStep."""
        try:
            self._execute(mutation)
        except _CONNECTION_ERRORS:
            self._commit_again(mutation)

    def close(self) -> None:
        if self._session is not None:
            with contextlib.suppress(*_CONNECTION_ERRORS):  # Lost before: that is as good as closed.
                self._session.close()
            self._session = None

    def _commit_again(self, mutation: Mutation) -> None:
        """A connection lost during a commit does not say whether it took place: look, and repeat it if not."""
        deadline = time.monotonic() + self._patience
        while True:
            self.close()
            try:
                if self._stored(mutation.row) != mutation.after:
                    self._execute(mutation)
                return
            except _CONNECTION_ERRORS as error:
                if time.monotonic() > deadline:
                    where = f"{_ENGINES[self._login.engine]} at {self._login.host}:{self._login.port}"
                    raise SourceLost(
                        f"{where} (database {self._database}) went away before it had committed '{mutation.kind}' "
                        f"and did not come back within {self._patience:.0f} s: {error}"
                    ) from error
            time.sleep(0.2)

    def _execute(self, mutation: Mutation) -> None:
        statement, parameters = sql(mutation)
        with self._connected().cursor() as cursor:
            cursor.execute(
                statement.encode() if self._login.engine == "postgres" else statement,
                parameters,
            )
            if cursor.rowcount != 1:
                raise OutOfStep(
                    f"'{mutation.kind}' met {cursor.rowcount} rows instead of one in the database {self._database}: "
                    f"{mutation.before} is not there; while changes run, nobody else may write to it"
                )

    def _stored(self, row: Row) -> Row | None:
        names = [field.name for field in fields(row)]
        statement = f"SELECT {', '.join(names)} FROM {_TABLES[type(row)]} WHERE {names[0]} = %s"
        with self._connected().cursor() as cursor:
            cursor.execute(
                statement.encode() if self._login.engine == "postgres" else statement,
                (getattr(row, names[0]),),
            )
            found = cursor.fetchone()
        return None if found is None else type(row)(*found)

    def _connected(self) -> Any:
        if self._session is None:
            connect = connect_postgres if self._login.engine == "postgres" else connect_mysql
            self._session = connect(self._login, self._database)
        return self._session


def sql(mutation: Mutation) -> tuple[str, Sequence[object]]:
    """The statement for a mutation and its parameters; the first field of a row is its table's key."""
    table = _TABLES[type(mutation.row)]
    names = [field.name for field in fields(mutation.row)]
    key = names[0]
    if mutation.before is None:
        marks = ", ".join(["%s"] * len(names))
        return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", _values(mutation.row, names)
    if mutation.after is None:
        return f"DELETE FROM {table} WHERE {key} = %s", _values(mutation.row, [key])
    changed = [name for name in names if getattr(mutation.before, name) != getattr(mutation.after, name)]
    assignments = ", ".join(f"{name} = %s" for name in changed)
    return f"UPDATE {table} SET {assignments} WHERE {key} = %s", _values(mutation.after, [*changed, key])


def _values(row: Row, names: Sequence[str]) -> list[object]:
    return [getattr(row, name) for name in names]
