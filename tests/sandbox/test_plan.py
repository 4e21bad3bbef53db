"""The real planner: over every job folder, and over mistakes."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bootstrap import python_jobs
from infra.errors import ConfigurationError
from infra.plan_lock import LOCK, PlanLock, read_lock, text_of
from sandbox.flink.planner import NotPlanned, planned
from sandbox.plan import Locked, lock_of, neutral_job, plan_jobs
from tests.declared import JOBS, PROJECT
from tests.infra.test_jobs import write_job

SCRIPT = """\
CREATE TEMPORARY TABLE orders (order_id INT, product STRING, PRIMARY KEY (order_id) NOT ENFORCED) WITH (
  'connector' = 'mysql-cdc', 'hostname' = '${erpdb.host}', 'port' = '${erpdb.port}',
  'username' = '${erpdb.username}', 'password' = '${erpdb.password}',
  'database-name' = '${erpdb.database}', 'table-name' = 'orders', 'server-id' = '${erpdb.server-id.orders}'
);
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copies (
  product STRING, orders BIGINT, seen TIMESTAMP(3), PRIMARY KEY (product) NOT ENFORCED
) WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');

INSERT INTO lake.`${database.orders}`.copies
SELECT product, COUNT(*), CAST(NULL AS TIMESTAMP(3)) FROM orders GROUP BY product;
"""
ALONE = """\
CREATE TEMPORARY TABLE shipments (shipment_id INT, order_id INT, PRIMARY KEY (shipment_id) NOT ENFORCED) WITH (
  'connector' = 'postgres-cdc', 'hostname' = '${shipdb.host}', 'port' = '${shipdb.port}',
  'username' = '${shipdb.username}', 'password' = '${shipdb.password}', 'database-name' = '${shipdb.database}',
  'schema-name' = 'public', 'table-name' = 'shipments', 'slot.name' = '${shipdb.slot.shipments}'
);
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copies (
  shipment_id INT, order_id INT, PRIMARY KEY (shipment_id) NOT ENFORCED
) WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');
INSERT INTO lake.`${database.orders}`.copies SELECT shipment_id, order_id + 1 FROM shipments;
"""
READS = {"reads": [{"source": "erpdb", "tables": ["orders", "products"]}]}
SHIPPED = {
    "reads": [{"source": "shipdb", "tables": ["shipments"]}],
    "writes": [{"table": "orders.copies", "key": ["shipment_id"], "freshness": "30s"}],
}
WRITES = [{"table": "orders.copies", "key": ["product"], "freshness": "30s"}]


def has_no_python(name: str) -> bool:
    return (PROJECT / "jobs" / name / "job.py").exists() and python_jobs.interpreter() is None


@pytest.fixture(scope="module")
def locks() -> dict[str, PlanLock | NotPlanned]:
    """What the planner says of the jobs of the repository, now; all of them at once."""
    jobs = {name: neutral_job(PROJECT / "jobs" / name) for name in JOBS if not has_no_python(name)}
    return {name: of_plan(jobs[name].folder, plan) for name, plan in planned(jobs).items()}


def of_plan(folder: Path, plan: Mapping[str, object] | NotPlanned) -> PlanLock | NotPlanned:
    return plan if isinstance(plan, NotPlanned) else lock_of(neutral_job(folder), dict(plan))


@pytest.mark.parametrize("name", JOBS)
def test_the_lock_of_every_job_is_what_flink_makes_of_it(locks: dict[str, PlanLock | NotPlanned], name: str) -> None:
    if has_no_python(name):
        pytest.skip(f"{name}: {python_jobs.without_interpreter()}")
    lock = locks[name]
    assert isinstance(lock, PlanLock), str(lock)
    assert (PROJECT / "jobs" / name / LOCK).read_text() == text_of(lock), f"run 'lakehouse plan {name}'"


JOBS_GIVEN: dict[str, tuple[str, dict[str, Any]]] = {
    "copy": (SCRIPT, {}),
    "kept": (SCRIPT, {"flink": {"table.exec.state.ttl": "7 d"}}),
    "glue": (SCRIPT.replace("${database.orders}", "iceberg_orders"), {}),
    "misspelt": (SCRIPT.replace("GROUP BY product", "GROUP BY produkt"), {}),
    "elsewhere": (SCRIPT.replace("${erpdb.host}", "${shipdb.host}"), {}),
    "unkeyed": (SCRIPT, {"writes": [{"table": "orders.copies", "key": ["orders"], "freshness": "30s"}]}),
    "one": (ALONE, SHIPPED),
    "four": (ALONE, SHIPPED | {"parallelism": 4}),
    "apart": (ALONE, SHIPPED | {"flink": {"pipeline.operator-chaining.enabled": "false"}}),
}
"""The script of each job, and what else its job.yaml has."""


@dataclass(frozen=True)
class Planned:
    jobs: Path
    outcomes: dict[str, Locked]

    def lock(self, name: str) -> PlanLock:
        found = read_lock(self.jobs / name)
        assert found, self.outcomes[name].error
        return found

    def error(self, name: str) -> str:
        found = self.outcomes[name]
        assert found.outcome is None
        assert not (self.jobs / name / LOCK).exists()
        assert 1 <= len(found.error.splitlines()) <= 5
        return found.error


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """A project of its own, planned as `lakehouse plan` does it."""
    folder = tmp_path_factory.mktemp("planned")
    for name, (script, manifest) in JOBS_GIVEN.items():
        write_job(folder / "jobs", name, files={"job.sql": script}, **({"writes": WRITES} | READS | manifest))
    return Planned(folder / "jobs", {each.job: each for each in plan_jobs(folder)})


def state(lock: PlanLock, kind: str) -> set[tuple[str, str | None, str, int | None]]:
    (operator,) = [each for each in lock.operators if each.kind == kind]
    assert operator.state is not None
    return {(each.name, each.kind, each.type, each.ttl) for each in operator.state if each.scope == "key"}


def test_a_table_is_as_iceberg_has_it(project: Planned) -> None:
    lock = project.lock("copy")
    table = lock.tables["orders.copies"]
    # It has no milliseconds, and no NULL in a key.
    assert [(each.name, each.type, each.nullable) for each in table.columns] == [
        ("product", "STRING", False),
        ("orders", "BIGINT", True),
        ("seen", "TIMESTAMP(6)", True),
    ]
    assert table.key == ["product"]


def test_a_source_is_as_the_job_declares_it(project: Planned) -> None:
    (source,) = project.lock("copy").sources.values()
    assert (source.connector, source.key) == ("mysql-cdc", ["order_id"])


def test_state_is_what_the_operator_asks_flink_for(project: Planned) -> None:
    week = 7 * 24 * 3600 * 1000
    lock, kept = project.lock("copy"), project.lock("kept")
    assert state(lock, "GroupAggregate") == {("accState", "VALUE", "ROW<BIGINT>", None)}
    assert state(kept, "GroupAggregate") == {("accState", "VALUE", "ROW<BIGINT>", week)}
    assert [each.id for each in lock.operators] == [each.id for each in kept.operators]


def test_a_database_by_its_name_in_glue_is_planned_too(project: Planned) -> None:
    assert list(project.lock("glue").tables) == ["iceberg_orders.copies"]


def test_ids_are_those_of_the_jobs_own_configuration(project: Planned) -> None:
    """An operator's id follows from what it is chained with, and not from how often it runs."""
    ids = {name: [each.id for each in project.lock(name).operators] for name in ("one", "four", "apart")}
    assert ids["one"] == ids["four"]
    assert ids["apart"][0] != ids["one"][0]


def test_a_mistake_in_a_script_is_told_with_file_and_line(project: Planned) -> None:
    said = project.error("misspelt")
    assert said.startswith("jobs/misspelt/job.sql:11:75: SQL validation failed: Column 'produkt' not found")


def test_a_variable_that_the_job_has_not_is_told_likewise(project: Planned) -> None:
    assert project.error("elsewhere").startswith("jobs/elsewhere/job.sql:2:44: ${shipdb.host} has no value")


def test_a_key_that_the_table_has_not_is_told(project: Planned) -> None:
    said = project.error("unkeyed")
    assert said.startswith("jobs/unkeyed/job.yaml: writes orders.copies with the key (orders), and the table's PRIMARY")


def test_a_check_writes_nothing_and_tells_what_is_not_current(project: Planned, tmp_path: Path) -> None:
    for name in ("copy", "kept", "glue"):
        shutil.copytree(project.jobs / name, tmp_path / "jobs" / name)
    (tmp_path / "jobs" / "kept" / LOCK).write_text("{}")
    (tmp_path / "jobs" / "glue" / LOCK).unlink()
    found = {each.job: each.outcome for each in plan_jobs(tmp_path, check=True)}
    assert found == {"copy": "unchanged", "kept": "stale", "glue": "missing"}
    assert (tmp_path / "jobs" / "kept" / LOCK).read_text() == "{}"
    assert not (tmp_path / "jobs" / "glue" / LOCK).exists()


def test_a_job_that_is_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write_job(tmp_path / "jobs")
    with pytest.raises(ConfigurationError) as error:
        plan_jobs(tmp_path, ["copi"])
    assert str(error.value) == "there is no job folder jobs/copi; did you mean 'copy'?"
