"""The real servers: who may do what, what leaks, and what is left behind."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pymysql
import pytest

from sandbox.addresses import Login
from sandbox.databases import PUBLICATION, Database, Flavour, MySQL, Passwords, Postgres
from sandbox.databases.unprivileged import remove_stale
from sandbox.packages import database_packages
from sandbox.processes import ProcessFailed

FLAVOURS = ["mariadb", pytest.param("mysql8", marks=pytest.mark.mysql8)]
ROOT = Path(__file__).parents[2]

MYSQL_SCRIPT = """
CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(40));
INSERT INTO orders VALUES (1, 'semi;colon'), (2, 'Ω');
"""
POSTGRES_SCRIPT = """
CREATE TABLE shipments (id INT PRIMARY KEY, note TEXT);
ALTER TABLE shipments REPLICA IDENTITY FULL;
INSERT INTO shipments VALUES (1, 'semi;colon'), (2, 'Ω');
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def passwords() -> Passwords:
    """Quotes and backslashes in one are no trouble."""
    return Passwords(*(secrets.token_urlsafe(12) + "'\\\"" for _ in range(3)))


def new_mysql(run: Path, flavour: Flavour = "mariadb", *, port: int | None = None) -> MySQL:
    return MySQL(database_packages(), run, port or free_port(), passwords(), flavour=flavour)


def new_postgres(run: Path, *, port: int | None = None) -> Postgres:
    return Postgres(database_packages(), run, port or free_port(), passwords())


def bring_up(database: Database) -> None:
    database.prepare()
    database.start()
    database.wait_ready()


@pytest.fixture(scope="module", params=FLAVOURS)
def mysql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MySQL]:
    server = new_mysql(tmp_path_factory.mktemp("mysql"), request.param)
    try:
        bring_up(server)
        server.create_database("erp`db")
        server.load("erp`db", MYSQL_SCRIPT)
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    server = new_postgres(tmp_path_factory.mktemp("postgres"))
    try:
        bring_up(server)
        server.create_database('ship"db')
        server.load('ship"db', POSTGRES_SCRIPT)
        yield server
    finally:
        server.stop()


def mysql_query(login: Login, statement: str, database: str | None = "erp`db") -> list[tuple[object, ...]]:
    with (
        pymysql.connect(
            host=login.host,
            port=login.port,
            user=login.username,
            password=login.password,
            database=database,
            autocommit=True,
        ) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
        return list(cursor.fetchall())


def postgres_connect(login: Login, database: str = 'ship"db') -> psycopg.Connection:
    return psycopg.connect(
        host=login.host,
        port=login.port,
        user=login.username,
        password=login.password,
        dbname=database,
        autocommit=True,
    )


def test_mysql_keeps_what_was_loaded_and_creates_a_database_once(mysql: MySQL) -> None:
    mysql.create_database("erp`db")
    assert mysql_query(mysql.cdc, "SELECT * FROM orders ORDER BY id") == [(1, "semi;colon"), (2, "Ω")]


def test_a_statement_that_fails_in_the_middle_of_a_script_is_an_error(mysql: MySQL, postgres: Postgres) -> None:
    with pytest.raises(pymysql.err.ProgrammingError):
        mysql.load("erp`db", "SELECT 1; SELECT * FROM missing; SELECT 2")
    with pytest.raises(psycopg.errors.UndefinedTable):
        postgres.load('ship"db', "SELECT 1; SELECT * FROM missing; SELECT 2")


def test_mysql_cdc_follows_the_binlog_but_writes_nothing(mysql: MySQL) -> None:
    assert mysql_query(mysql.cdc, "SHOW MASTER STATUS")
    settings = {str(name): value for name, value in mysql_query(mysql.cdc, "SHOW VARIABLES LIKE 'binlog%'")}
    assert (settings["binlog_format"], settings["binlog_row_image"]) == ("ROW", "FULL")
    assert any("REPLICATION SLAVE" in str(row[0]) for row in mysql_query(mysql.cdc, "SHOW GRANTS"))
    for statement in (
        "INSERT INTO orders VALUES (3, '')",
        "UPDATE orders SET note = ''",
        "DELETE FROM orders",
        "DROP TABLE orders",
        "CREATE TABLE mine (id INT)",
        "CREATE USER other@'127.0.0.1'",
        "FLUSH TABLES WITH READ LOCK",
    ):
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            mysql_query(mysql.cdc, statement)


def test_mysql_has_no_account_without_a_password(mysql: MySQL) -> None:
    for username in ("", "root", "anyone"):
        nobody = Login("mysql", mysql.cdc.host, mysql.cdc.port, username, "")
        with pytest.raises(pymysql.err.OperationalError, match=r"denied|not allowed"):
            mysql_query(nobody, "SELECT 1", None)


def test_postgres_cdc_reads_tables_that_are_created_later(postgres: Postgres) -> None:
    postgres.create_database('ship"db')
    postgres.load('ship"db', "CREATE SCHEMA later; CREATE TABLE later.added (id INT PRIMARY KEY)")
    with postgres_connect(postgres.cdc) as connection:
        assert connection.execute("SELECT * FROM shipments ORDER BY id").fetchall() == [(1, "semi;colon"), (2, "Ω")]
        assert connection.execute("SELECT * FROM later.added").fetchall() == []


def test_postgres_cdc_replicates_through_the_publication_but_writes_nothing(postgres: Postgres) -> None:
    with postgres_connect(postgres.cdc) as connection:
        assert connection.execute("SELECT pubname, puballtables FROM pg_publication").fetchall() == [
            (PUBLICATION, True)
        ]
        connection.execute("SELECT pg_create_logical_replication_slot('trial', 'pgoutput')")
        try:
            postgres.load('ship"db', "UPDATE shipments SET note = note WHERE id = 1")
            changes = "SELECT count(*) FROM pg_logical_slot_get_binary_changes('trial', NULL, NULL, %s, %s, %s, %s)"
            options = ["proto_version", "1", "publication_names", PUBLICATION]
            row = connection.execute(changes, options).fetchone()
            assert row is not None and row[0] >= 3  # begin, update, commit
        finally:
            connection.execute("SELECT pg_drop_replication_slot('trial')")
        for statement in (
            "INSERT INTO shipments VALUES (3, '')",
            "UPDATE shipments SET note = ''",
            "DELETE FROM shipments",
            "DROP TABLE shipments",
            "CREATE TABLE mine (id INT)",
            "CREATE ROLE other",
            "CREATE PUBLICATION mine FOR ALL TABLES",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_postgres_asks_for_the_password(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        postgres_connect(Login("postgres", postgres.admin.host, postgres.admin.port, postgres.admin.username, ""))


def test_no_password_is_an_argument_of_a_process_or_in_a_log(mysql: MySQL, postgres: Postgres) -> None:
    passwords = {login.password for server in (mysql, postgres) for login in (server.admin, server.cdc)}
    seen = [
        path.read_bytes().decode(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()
    ]
    seen += [server.process.log.read_text() for server in (mysql, postgres)]
    assert not [password for password in passwords for text in seen if password in text]


def test_servers_listen_on_this_machine_only(mysql: MySQL, postgres: Postgres) -> None:
    for server in (mysql, postgres):
        pid = server.process.pid
        assert pid is not None
        listening = [each.laddr for each in psutil.Process(pid).net_connections() if each.status == psutil.CONN_LISTEN]
        assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", server.admin.port)]


def new_mysql8(run: Path, *, port: int | None = None) -> MySQL:
    return new_mysql(run, "mysql8", port=port)


MAKERS: list[object] = [
    pytest.param(new_mysql, id="mariadb"),
    pytest.param(new_mysql8, id="mysql8", marks=pytest.mark.mysql8),
    pytest.param(new_postgres, id="postgres"),
]


@pytest.mark.parametrize("make", MAKERS)
def test_a_busy_port_is_named(make: Callable[..., Database], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = int(other.getsockname()[1])
        server = make(tmp_path, port=port)
        with pytest.raises(ProcessFailed, match=f"127.0.0.1:{port}"):
            server.start()
        assert server.process.pid is None


@pytest.mark.parametrize("make", MAKERS)
def test_a_port_that_is_taken_while_the_server_starts_is_named_by_its_log(
    make: Callable[..., Database], tmp_path: Path
) -> None:
    server = make(tmp_path)
    server.prepare()
    with socket.create_server(("127.0.0.1", server.admin.port)):
        server.process.start()  # as if the other one came between the check and this
        try:
            with pytest.raises(ProcessFailed, match="in use"):
                server.wait_ready()
        finally:
            server.stop()


@pytest.mark.parametrize("make", MAKERS)
def test_a_server_that_is_killed_while_it_starts_is_a_failure_with_its_last_words(
    make: Callable[..., Database], tmp_path: Path
) -> None:
    server = make(tmp_path)
    server.prepare()
    server.start()
    assert server.process.pid is not None
    os.kill(server.process.pid, signal.SIGKILL)
    try:
        with pytest.raises(ProcessFailed, match="exit code -9"):
            server.wait_ready()
    finally:
        server.stop()


@pytest.mark.parametrize("make", MAKERS)
def test_a_server_keeps_its_data_when_it_is_killed_and_started_again(
    make: Callable[..., Database], tmp_path: Path
) -> None:
    server = make(tmp_path)
    try:
        bring_up(server)
        server.create_database("kept")
        server.load("kept", "CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1)")
        assert server.process.pid is not None
        os.kill(server.process.pid, signal.SIGKILL)
        wait_for_end(server.process.pid)
        server.process.stop()
        server.start()
        server.wait_ready()
        with pytest.raises((pymysql.err.IntegrityError, psycopg.errors.UniqueViolation)):
            server.load("kept", "INSERT INTO t VALUES (1)")
    finally:
        server.stop()


@pytest.mark.parametrize("make", MAKERS)
def test_stop_leaves_no_process_and_nothing_outside_the_run(make: Callable[..., Database], tmp_path: Path) -> None:
    before = own_temporary_homes()
    server = make(tmp_path)
    bring_up(server)
    assert server.process.pid is not None
    family = [psutil.Process(server.process.pid), *psutil.Process(server.process.pid).children(recursive=True)]
    server.stop()
    assert not [process for process in family if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert own_temporary_homes() == before


STARTER = """
import sys, time
from pathlib import Path
from tests.sandbox.test_databases import new_mysql, new_postgres
for server in (new_mysql(Path(sys.argv[1])), new_postgres(Path(sys.argv[1]))):
    server.prepare()
    server.start()
    server.wait_ready()
    print(server.process.pid, flush=True)
time.sleep(600)
"""


def test_a_killed_sandbox_leaves_no_server_and_the_next_one_clears_its_files(tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    try:
        pids = [int(starter.stdout.readline()) for _ in range(2)]
    finally:
        starter.kill()
        starter.wait()
        starter.stdout.close()
    for pid in pids:
        wait_for_end(pid)
    remove_stale()
    assert not [home for home in temporary_homes() if f"-{starter.pid}-" in home.name]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes accounts")
@pytest.mark.parametrize("mode", [0o755, 0o700], ids=["reachable", "private"])
def test_postgres_of_root_runs_as_another_account_wherever_the_run_is(mode: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(mode)
        server = new_postgres(Path(directory) / "run")
        try:
            bring_up(server)
            assert server.process.pid is not None
            assert psutil.Process(server.process.pid).username() == "nobody"
        finally:
            server.stop()


def own_temporary_homes() -> set[Path]:
    """Those of servers of this process; other tests may run beside these."""
    return {home for home in temporary_homes() if f"-{os.getpid()}-" in home.name}


def temporary_homes() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("lakehouse-postgres-*"))


def wait_for_end(pid: int, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.05)
