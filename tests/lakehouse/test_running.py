"""A sandbox that answers in Athena's place: its state and outputs as they lie in a checkout, its lake played here."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from lakehouse import ContractError, Lakehouse, QueryFailed, UnknownName
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client, start_aws
from sandbox.state import Phase, State, write_state
from tests.lakehouse.contracts import document, team
from tests.sandbox.iceberg_writer import UpsertTable

STACK = "acme/flink-lakehouse/sandbox"
TABLE = "iceberg_orders.orders"
NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC
COLUMNS = [
    {"name": "id", "type": "bigint", "nullable": False},
    {"name": "name", "type": "varchar", "nullable": True},
    {"name": "total", "type": "decimal(10, 2)", "nullable": True},
    {"name": "at", "type": "timestamp(6) with time zone", "nullable": True},
]


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with start_aws() as running:
        aws = running.address
        aws_client(aws, "s3").create_bucket(Bucket="lake")
        aws_client(aws, "glue").create_database(DatabaseInput={"Name": "iceberg_orders"})
        table = UpsertTable(aws, "lake", "iceberg_orders", "orders")
        instant = "TIMESTAMPTZ '2026-01-01 11:30:00 UTC'"
        table.commit([f"(1, 'ada', 10.00, {instant})", f"(2, 'bob', 7.50, {instant})"], at_millis=NOON)
        table.commit(["(2, 'bob', 8.00, NULL)"], delete_ids=[2], at_millis=NOON + 60_000)
        table.close()
        yield aws


@pytest.fixture
def checkout(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In which we are, and where the sandbox runs; without a Pulumi CLI."""
    (tmp_path / "Pulumi.yaml").touch()
    (tmp_path / ".sandbox" / "run").mkdir(parents=True)
    table: dict[str, Any] = {
        "description": "", "columns": COLUMNS, "key": ["id"], "owner": "orders-team", "job": "orders",
        "freshness": "30s", "tags": {},
    }  # fmt: skip
    contract = document(stack="sandbox", tables={TABLE: table}, teams={"analysts": team(tables=[TABLE])})
    (tmp_path / ".sandbox" / "run" / "outputs.json").write_text(json.dumps({"contract": contract}))
    runs(tmp_path, aws)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setenv("PATH", "")
    return tmp_path


def runs(folder: Path, aws: Aws, *, phase: Phase = "running", pid: int | None = None) -> None:
    started = psutil.Process().create_time()
    state = State(stack="sandbox", pid=pid or os.getpid(), pid_started_at=started, phase=phase, aws=aws)
    write_state(folder, state)


def test_the_stack_that_runs_here_is_asked_by_the_same_call(checkout: Path) -> None:
    lakehouse = Lakehouse.from_stack(STACK)
    assert lakehouse.answered_by == f"the sandbox of {checkout}"
    assert str(checkout) in repr(lakehouse)
    rows = lakehouse.table("orders").sql('SELECT id, total, "at" FROM {table} ORDER BY id')
    assert list(rows) == [
        {"id": 1, "total": Decimal("10.00"), "at": datetime(2026, 1, 1, 11, 30, tzinfo=UTC)},
        {"id": 2, "total": Decimal("8.00"), "at": None},
    ]


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("as_of", [datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC), 1_000_000_000_001])
def test_it_travels_in_time_too(as_of: datetime | int) -> None:
    orders = Lakehouse.from_stack(STACK).table("orders")
    (row,) = orders.sql("SELECT t.total FROM {table} t WHERE t.id = 2", as_of=as_of)
    assert row == {"total": Decimal("7.50")}


@pytest.mark.usefixtures("checkout")
def test_the_last_commit_is_that_of_a_job() -> None:
    assert Lakehouse.from_stack(STACK).table(TABLE).last_commit() == datetime(2026, 1, 1, 12, 1, tzinfo=UTC)


@pytest.mark.usefixtures("checkout")
def test_tables_without_a_database_are_those_of_the_tables_own() -> None:
    orders = Lakehouse.from_stack(STACK).table(TABLE)
    assert list(orders.sql("SELECT count(*) AS n FROM {table} a JOIN orders b ON a.id = b.id")) == [{"n": 2}]


@pytest.mark.usefixtures("checkout")
def test_what_it_cannot_answer_is_an_error() -> None:
    with pytest.raises(UnknownName, match=r"no table 'ordres'.*; did you mean 'orders'"):
        Lakehouse.from_stack(STACK).table("ordres")
    with pytest.raises(QueryFailed, match="nope"):
        Lakehouse.from_stack(STACK).table(TABLE).sql("SELECT nope FROM {table}")


def test_its_outputs_as_a_file_are_answered_by_it_too(checkout: Path) -> None:
    outputs = checkout / ".sandbox" / "run" / "outputs.json"
    assert Lakehouse.from_file("../.sandbox/run/outputs.json").answered_by == f"the sandbox of {checkout}"
    copy = checkout / "contract.json"
    copy.write_text(outputs.read_text())
    assert Lakehouse.from_file(copy).answered_by.startswith("Athena in eu-west-1")


def test_another_stack_is_asked_of_pulumi(checkout: Path) -> None:
    assert checkout
    with pytest.raises(ContractError, match="CLI is not installed"):
        Lakehouse.from_stack("acme/flink-lakehouse/prod")


def test_a_sandbox_that_has_ended_answers_nothing(checkout: Path, aws: Aws) -> None:
    runs(checkout, aws, phase="stopping")
    with pytest.raises(ContractError, match="'lakehouse up' starts it"):
        Lakehouse.from_stack(STACK)
    runs(checkout, aws, pid=2**22 + 1)
    with pytest.raises(ContractError, match="'lakehouse up' starts it"):
        Lakehouse.from_stack(STACK)
