"""A job that is stopped with a savepoint and goes on: as its folder has it then, or from an earlier moment; no row is
lost, none is doubled."""

import json
import re
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from sandbox.athena.tables import Lake, TableName
from sandbox.aws.local import aws_client
from sandbox.databases import slots
from sandbox.demo.changes import ChangeStream
from sandbox.demo.expectation import Rows
from sandbox.flink.rest import FlinkRest
from sandbox.sample.sources import Sources, connect_postgres
from sandbox.savepoints import Savepoint
from tests.end_to_end.project import Project

JOB = "copies"
SQL = f"jobs/{JOB}/job.sql"
ORDERS = "iceberg_orders.copied_orders"
SHIPMENTS = "iceberg_orders.copied_shipments"
MANIFEST = """\
description: Orders and shipments as they are
owner: orders-team
reads:
  - {source: erpdb, tables: [orders]}
  - {source: shipdb, tables: [shipments]}
writes:
  - {table: orders.copied_orders, key: [order_id], freshness: 30s}
  - {table: orders.copied_shipments, key: [order_id], freshness: 30s}
"""
SINKS = """
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copied_orders (
  order_id INT NOT NULL,
  customer STRING COMMENT 'Who placed it',
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');

CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copied_shipments (
  order_id INT NOT NULL,
  destination STRING,
  has_arrived BOOLEAN,
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');

EXECUTE STATEMENT SET BEGIN
  INSERT INTO lake.`${database.orders}`.copied_orders
  SELECT order_id, UPPER(customer_name) FROM orders;
  INSERT INTO lake.`${database.orders}`.copied_shipments
  SELECT order_id, UPPER(destination), has_arrived FROM shipments;
END;
"""
# It keeps no rows as state, which another column would not fit.
NEW_COLUMN = (
    "  customer STRING COMMENT 'Who placed it',",
    "  status STRING COMMENT 'Where it stands',\n  customer STRING,",
)


def upper(text: str | None) -> str | None:
    return None if text is None else text.upper()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("upgrades") / "project")
    folder = project.folder / "jobs" / JOB
    folder.mkdir()
    (folder / "job.yaml").write_text(MANIFEST)
    sources = (project.folder / "jobs" / "enriched-orders" / "job.sql").read_text().partition("CREATE TABLE IF")[0]
    orders = sources[sources.index("CREATE TEMPORARY TABLE orders") :]
    (project.folder / SQL).write_text(orders + SINKS)
    up = project.lakehouse("up", JOB, "--orders", "300")
    assert up.returncode == 0, up.stdout + up.stderr
    # A snapshot of PostgreSQL that was not yet checkpointed is taken again, and then overlaps with what follows it.
    compare_all(project)
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def expected_orders(project: Project, *, status: bool) -> Rows:
    rows = Sources.read(*project.sources).orders.values()
    return [
        {"order_id": row.order_id, "customer": upper(row.customer_name)}
        | ({"status": row.order_status} if status else {})
        for row in rows
    ]


def expected_shipments(project: Project) -> Rows:
    return [
        {"order_id": row.order_id, "destination": upper(row.destination), "has_arrived": row.has_arrived}
        for row in Sources.read(*project.sources).shipments.values()
    ]


def compare_all(project: Project) -> None:
    status = "status" in {column["name"] for column in schema(project, ORDERS)}
    orders = project.compared(ORDERS, lambda: without_unknown(project, status))
    assert orders.rows_different == 0, orders.examples
    shipments = project.compared(SHIPMENTS, lambda: expected_shipments(project))
    assert shipments.rows_different == 0, shipments.examples


def without_unknown(project: Project, status: bool) -> Rows:
    """A column that was added is NULL in the rows that nobody has changed since."""
    if not status:
        return expected_orders(project, status=False)
    assert project.state.aws is not None
    known = {row["order_id"] for row in project.query(f"SELECT order_id FROM {ORDERS} WHERE status IS NOT NULL")}
    rows = expected_orders(project, status=True)
    return [row if row["order_id"] in known else {**row, "status": None} for row in rows]


def schema(project: Project, table: str) -> list[dict[str, str]]:
    assert project.state.aws is not None
    return list(Lake(project.state.aws).table(TableName(*table.split(".", 1))).schema["fields"])


@contextmanager
def changing(project: Project, seed: int) -> Generator[None]:
    """Both databases, all the while."""
    stop, stream = threading.Event(), ChangeStream(*project.sources, seed=seed, rate=30)
    with ThreadPoolExecutor() as pool:
        changes = pool.submit(stream.run, stop=stop)
        try:
            yield
        finally:
            stop.set()
    assert len(changes.result()) > 30


def change(project: Project, seed: int, count: int = 150) -> None:
    changed = ChangeStream(*project.sources, seed=seed, rate=100).run(count=count)
    assert {each.kind.split()[0] for each in changed} >= {"insert", "update", "delete"}


def run(project: Project, *arguments: str) -> str:
    done = project.lakehouse(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout.strip())
    return done.stdout


def take(project: Project) -> Savepoint:
    run(project, "savepoint")
    return project.state.savepoints[-1]


def went_back(project: Project, *arguments: str) -> str:
    """What a change says that failed after the job was stopped; the job goes on in another process."""
    done = project.lakehouse(*arguments)
    said = done.stderr.strip()
    print(said)
    assert done.returncode == 1 and said.startswith(f"error: {JOB}: it does not start from"), done.stdout + said
    assert 2 <= len(said.splitlines()) <= 5 and "Traceback" not in said, said
    assert FlinkRest(project.state.jobs[JOB].web).all_tasks_running()
    return said


def expire(project: Project, table: str, snapshot: int | None) -> None:
    """As a table's retention does it, between two commits of the job."""
    assert project.state.aws is not None
    glue, s3 = aws_client(project.state.aws, "glue"), aws_client(project.state.aws, "s3")
    database, _, name = table.partition(".")
    while True:
        entry: Any = glue.get_table(DatabaseName=database, Name=name)["Table"]
        location = entry["Parameters"]["metadata_location"]
        bucket, _, key = location.removeprefix("s3://").partition("/")
        metadata = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        metadata["snapshots"] = [each for each in metadata["snapshots"] if each["snapshot-id"] != snapshot]
        metadata["snapshot-log"] = [each for each in metadata["snapshot-log"] if each["snapshot-id"] != snapshot]
        new = f"{key.rpartition('/')[0]}/99999-{uuid4()}.metadata.json"
        s3.put_object(Bucket=bucket, Key=new, Body=json.dumps(metadata).encode())
        changed = {
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "StorageDescriptor": entry["StorageDescriptor"],
            "Parameters": {**entry["Parameters"], "metadata_location": f"s3://{bucket}/{new}"},
        }
        with suppress(glue.exceptions.ConcurrentModificationException):
            glue.update_table(DatabaseName=database, TableInput=changed, VersionId=entry["VersionId"])  # pyright: ignore
            return


def job_id(project: Project) -> str:
    return FlinkRest(project.state.jobs[JOB].web).job_id()


@contextmanager
def untouched(project: Project) -> Generator[None]:
    """The job runs on, and no table has another snapshot that is no job's."""
    before = job_id(project)
    yield
    assert job_id(project) == before and FlinkRest(project.state.jobs[JOB].web).all_tasks_running()


def test_a_savepoint_names_what_belongs_to_it(project: Project) -> None:
    with changing(project, 1):
        said = run(project, "savepoint", JOB)
    taken = project.state.savepoints[-1]
    assert taken.path in said and f"checkpoint {taken.checkpoint}" in said
    assert taken.path.startswith(f"s3://lake-state/{JOB}/savepoints/")
    for table, at in taken.tables.items():
        assert f"{table}: snapshot {at.snapshot}" in said
    assert {each.slot for each in taken.slots} == {"sandbox_copies_shipments"}
    assert taken.name in run(project, "savepoint", "--list")


def test_a_new_column_arrives_by_an_upgrade_among_changes(project: Project) -> None:
    nothing = run(project, "upgrade", JOB)
    assert "nothing of it changed" in nothing
    project.edit(SQL, *NEW_COLUMN)
    project.edit(SQL, "SELECT order_id, UPPER(customer_name)", "SELECT order_id, order_status, UPPER(customer_name)")
    with changing(project, 2):
        said = run(project, "upgrade")
    assert re.search(r"down for [\d.]+ s", said) and re.search(rf"{ORDERS}: [\d.]+ s between", said)
    change(project, 3)
    compare_all(project)
    assert [column["name"] for column in schema(project, ORDERS)] == ["order_id", "customer", "status"]
    assert project.query(f"SELECT count(*) AS n FROM {ORDERS} WHERE status IS NOT NULL")[0]["n"]
    outputs = (project.folder / ".sandbox" / "run" / "outputs.json").read_text()
    assert '"status"' in outputs and "Where it stands" in outputs


def test_a_rewind_skips_nothing_and_doubles_nothing(project: Project) -> None:
    change(project, 4)
    with changing(project, 5):
        taken = take(project)
    change(project, 6)
    compare_all(project)
    with connect_postgres(project.state.databases["postgres"], "shipdb") as session:
        found = session.execute(
            "SELECT slot_name, confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE slot_name = ANY(%s)",
            [[taken.slots[0].slot, taken.slots[0].copy_name]],
        )
        position = {str(slot): int(lsn) for slot, lsn in found}
    assert position[taken.slots[0].slot] > position[taken.slots[0].copy_name], "the job has confirmed what came since"
    with changing(project, 7):
        said = run(project, "rewind", "--to", taken.path)
    assert f"goes on from {taken.name}" in said and "what it was stopped with: s3://" in said
    compare_all(project)
    # Once more to the same one, and then back again to what the first rewind stopped.
    stopped = project.state.savepoints[-1]
    assert stopped.stopped
    run(project, "rewind", JOB, "--to", taken.name)
    compare_all(project)
    change(project, 8)
    compare_all(project)
    assert "is no ancestor of the current one" in project.refusal("rewind", "--to", stopped.name)


def test_an_upgrade_that_state_does_not_fit_leaves_the_old_job_running(project: Project) -> None:
    script = (project.folder / SQL).read_text()
    project.edit(SQL, "  customer STRING,", "  customer STRING,\n  destination STRING,")
    project.edit(
        SQL,
        "UPPER(customer_name) FROM orders;",
        "UPPER(customer_name), s.destination FROM orders LEFT JOIN shipments AS s USING (order_id);",
    )
    before = [column["name"] for column in schema(project, ORDERS)]
    with changing(project, 9):
        said = went_back(project, "upgrade")
    assert "from the savepoint like that, and goes on as it was" in said
    assert "state" in said.lower()
    assert [column["name"] for column in schema(project, ORDERS)] == before, "what was added for it is taken away again"
    change(project, 10)
    compare_all(project)
    (project.folder / SQL).write_text(script)
    assert "nothing of it changed" in run(project, "upgrade")


def test_what_cannot_be_upgraded_is_refused_before_the_job_is_touched(project: Project) -> None:
    script = (project.folder / SQL).read_text()
    with untouched(project):
        project.edit(f"jobs/{JOB}/job.yaml", "owner:", "ownr:")
        assert "ownr" in project.refusal("upgrade")
        project.edit(f"jobs/{JOB}/job.yaml", "ownr:", "owner:")
        project.edit(SQL, "  customer STRING,", "  customer_2 STRING,\n  PRIMARY KEY (customer_2),")
        assert "job.sql" in project.refusal("upgrade")
        (project.folder / SQL).write_text(script)
        assert "copys: no such job runs; did you mean 'copies'?" in project.refusal("upgrade", "copys")


def test_a_statement_that_flink_refuses_is_told_before_the_job_is_touched(project: Project) -> None:
    script = (project.folder / SQL).read_text()
    with untouched(project):
        project.edit(SQL, "UPPER(destination)", "UPPER(destinatio)")
        assert "Column 'destinatio' not found" in project.refusal("upgrade")
        (project.folder / SQL).write_text(script)


def test_a_column_of_another_type_leaves_the_old_job_running(project: Project) -> None:
    script = (project.folder / SQL).read_text()
    project.edit(SQL, "has_arrived BOOLEAN,", "has_arrived INT,")
    project.edit(SQL, "UPPER(destination), has_arrived", "UPPER(destination), 1")
    said = went_back(project, "upgrade")
    assert "'has_arrived' of lake.iceberg_orders.copied_shipments is INT here, and BOOLEAN" in said
    (project.folder / SQL).write_text(script)
    compare_all(project)


def test_a_savepoint_that_is_none_or_anothers_is_refused(project: Project) -> None:
    taken = take(project)
    aws = project.state.aws
    assert aws is not None
    client = aws_client(aws, "s3")
    with untouched(project):
        assert "is no savepoint; 'lakehouse savepoint --list'" in project.refusal("rewind", "--to", "s3://lake-state/x")
        assert "is no savepoint" in project.refusal("rewind", "--to", taken.path.replace("lake-state", "no-bucket"))
        assert "is no savepoint" in project.refusal("rewind", "--to", "latest")
        key = f"{taken.path.removeprefix('s3://lake-state/')}/_metadata"
        source = f"lake-state/{key}"
        client.copy_object(Bucket="lake-state", Key="others/savepoint-1/_metadata", CopySource=source)
        unknown = project.refusal("rewind", "--to", "s3://lake-state/others/savepoint-1")
        assert "a savepoint that this sandbox did not take" in unknown
        client.delete_object(Bucket="lake-state", Key=key)
        assert f"the files of {taken.path} are gone" in project.refusal("rewind", "--to", taken.name)


def test_a_rewind_is_refused_once_postgres_has_let_go(project: Project) -> None:
    taken = take(project)
    slots.release(project.state.databases["postgres"], taken.slots)
    with untouched(project):
        assert "PostgreSQL no longer has the changes since this savepoint" in project.refusal(
            "rewind", "--to", taken.name
        )


def test_a_rewind_past_the_tables_retention_or_anothers_commit_is_refused(project: Project, tmp_path: Path) -> None:
    taken = take(project)
    sql = tmp_path / "foreign.sql"
    sql.write_text(
        "SET 'execution.runtime-mode' = 'batch';\nSET 'table.dml-sync' = 'true';\n"
        f"INSERT INTO lake.{SHIPMENTS} SELECT 2000000001, 'NOWHERE', false;\n"
    )
    written = project.lakehouse("sql", "-f", str(sql)).stdout
    assert "[ERROR]" not in written, written
    with untouched(project):
        said = project.refusal("rewind", "--to", taken.name)
        assert f"{SHIPMENTS}: somebody else wrote to it since the savepoint" in said
        expire(project, SHIPMENTS, taken.tables[SHIPMENTS].snapshot)
        said = project.refusal("rewind", "--to", taken.name)
        assert f"{SHIPMENTS}: the snapshot {taken.tables[SHIPMENTS].snapshot} of the savepoint has expired" in said


def test_a_second_request_is_refused_while_one_goes_on(project: Project) -> None:
    # Held, so that it can't be done before the second is asked for.
    supervisor = psutil.Process(project.state.pid)
    supervisor.suspend()
    try:
        first = project.start("savepoint")
        while not (project.folder / ".sandbox" / "run" / "request.json").exists():
            time.sleep(0.05)
        assert f"{JOB} is taking a savepoint; ask again once that is done" in project.refusal("upgrade")
    finally:
        supervisor.resume()
    said, _ = first.communicate(timeout=200)
    assert first.returncode == 0, said


def test_without_a_sandbox_there_is_nothing_to_change(tmp_path: Path) -> None:
    project = Project.copy(tmp_path / "project")
    for command in (("savepoint",), ("upgrade",), ("rewind", "--to", "x")):
        assert "no sandbox is running" in project.refusal(*command)
