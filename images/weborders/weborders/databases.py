"""The two databases: how to log in to them, and what their errors mean."""

from collections.abc import Generator
from contextlib import contextmanager

import pymysql
import sqlalchemy as sa
from sqlalchemy import exc

from weborders.errors import Failed, Unavailable
from weborders.settings import ErpdbSettings, ShipdbSettings

_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 30
_CHECK_CONSTRAINT_MYSQL, _CHECK_CONSTRAINT_MARIADB = 3819, 4025
# Account or grants, unknown database, table or column: MySQL's driver has them in one class with lost connections.
_WRONG_MYSQL = (1044, 1045, 1049, 1054, 1142, 1143, 1146)
_WRONG_POSTGRES = ("3D", "28", "42")
_READ_ONLY_POSTGRES = "25006"


class RowRefused(Exception):
    """The database will not take a row, today or later; `str()` gives its words."""


class Database:
    """One database; transactions in it, with its errors sorted."""

    def __init__(self, name: str, url: sa.URL, **arguments: object) -> None:
        self._where = f"{name} ({url.host}:{url.port}, database {url.database})"
        self._prefix = name.upper()
        self._engine = sa.create_engine(
            url,
            # Two processors that enter orders at once see each other's.
            isolation_level="READ COMMITTED",
            pool_size=1,
            pool_pre_ping=True,
            connect_args=arguments | {"connect_timeout": _CONNECT_SECONDS},
        )

    @contextmanager
    def transaction(self) -> Generator[sa.Connection]:
        """Raises `Unavailable` when it is worth another try, `RowRefused` for a row, `Failed` for the rest."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except exc.DBAPIError as error:
            found = self._sorted(error)
            if isinstance(found, Unavailable):
                # After a failover the name leads elsewhere, and the connection to a server that only reads.
                self._engine.dispose()
            raise found from error

    def close(self) -> None:
        self._engine.dispose()

    def _sorted(self, error: exc.DBAPIError) -> Exception:
        said = _words(error)
        if isinstance(error, exc.DataError | exc.IntegrityError) or _code(error) in (
            _CHECK_CONSTRAINT_MYSQL,
            _CHECK_CONSTRAINT_MARIADB,
        ):
            return RowRefused(f"{self._where}: {said}")
        if _may_pass(error):
            return Unavailable(f"{self._where}: {said}")
        return Failed(f"{self._where}: {said}; check {self._prefix}_DATABASE, its tables, and the account's rights")


def erpdb(settings: ErpdbSettings) -> Database:
    """The web shop's MySQL."""
    return Database(
        "erpdb",
        _url("mysql+pymysql", settings),
        charset="utf8mb4",
        # Else a server may be set to cut a value that is too long.
        sql_mode="STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION",
        read_timeout=_STATEMENT_SECONDS,
        write_timeout=_STATEMENT_SECONDS,
    )


def shipdb(settings: ShipdbSettings) -> Database:
    """The carrier's PostgreSQL."""
    return Database(
        "shipdb",
        _url("postgresql+psycopg", settings),
        options=f"-c statement_timeout={_STATEMENT_SECONDS * 1000}",
        tcp_user_timeout=_STATEMENT_SECONDS * 1000,
    )


def _url(driver: str, settings: ErpdbSettings | ShipdbSettings) -> sa.URL:
    return sa.URL.create(
        driver,
        username=settings.username,
        password=settings.password.get_secret_value(),
        host=settings.host,
        port=settings.port,
        database=settings.database,
    )


def _may_pass(error: exc.DBAPIError) -> bool:
    """Whether it is not of the kind that stays until somebody changes a setting, a table or a grant."""
    state = getattr(error.orig, "sqlstate", None) or ""
    if _code(error) in _WRONG_MYSQL or state.startswith(_WRONG_POSTGRES):
        return False
    return isinstance(error, exc.OperationalError | exc.InterfaceError) or state == _READ_ONLY_POSTGRES


def _code(error: exc.DBAPIError) -> int:
    """MySQL's number of the error."""
    if isinstance(error.orig, pymysql.Error) and error.orig.args and isinstance(error.orig.args[0], int):
        return error.orig.args[0]
    return 0


def _words(error: exc.DBAPIError) -> str:
    """The server's words alone: SQLAlchemy's hold the statement's parameters, which are customers' data."""
    if isinstance(error.orig, pymysql.Error) and len(error.orig.args) > 1:
        return str(error.orig.args[1])
    lines = str(error.orig).strip().splitlines()
    return lines[0] if lines else type(error.orig).__name__
