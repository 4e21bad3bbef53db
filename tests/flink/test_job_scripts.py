"""The SQL jobs, planned by the image's Flink: every option and column is one that it knows. Nothing is connected."""

import re
from pathlib import Path

import pytest

from infra.flink_sql import statements
from infra.kafka import SECURITY
from tests.declared import PROJECT
from tests.flink.image import Answer, plan

_SCRIPTS = {script.parent.name: script.read_text() for script in sorted((PROJECT / "jobs").glob("*/job.sql"))}

_VALUES = {
    "port": "3306",
    "registry": "http://registry.example.com",
    "files": "s3://files/job",
    "server-id": "5400-5400",
    **SECURITY["none"],
}
"""By the part of a variable's name that says what it is; any other is a name."""


def _filled_in(script: str) -> str:
    def value(found: re.Match[str]) -> str:
        return next((_VALUES[part] for part in found[1].split(".") if part in _VALUES), "a_name")

    return re.sub(r"\$\{([^}]+)\}", value, script)


def _statements(script: str) -> list[str]:
    """A statement set is one, with all that stands in it."""
    found = statements(script)
    sets = [index for index, statement in enumerate(found) if statement.startswith("EXECUTE STATEMENT SET")]
    return [*found[: sets[0]], ";\n".join(found[sets[0] :])] if sets else found


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    lake = [
        "CREATE CATALOG lake WITH ('type' = 'iceberg', 'catalog-type' = 'hadoop', "
        f"'warehouse' = '{tmp_path_factory.mktemp('warehouse').as_uri()}')",
        "CREATE DATABASE IF NOT EXISTS lake.a_name",
    ]
    scripts = {name: [*lake, *_statements(_filled_in(script))] for name, script in _SCRIPTS.items()}
    return plan(scripts, tmp_path_factory.mktemp("sql"))


@pytest.mark.parametrize("name", _SCRIPTS)
def test_flink_plans_the_job(answers: dict[str, Answer], name: str) -> None:
    assert answers[name].error == ""


@pytest.mark.parametrize("name", ["weborders-lake", "weborders-files"])
def test_a_record_is_read_once_for_all_that_becomes_of_it(answers: dict[str, Answer], name: str) -> None:
    execution = answers[name].plan.partition("== Optimized Execution Plan ==")[2]
    assert execution.count("TableSourceScan(") == 1


def test_the_two_hops_end_in_the_same_columns_as_the_one() -> None:
    assert _lake_columns("operations-orders-lake") == _lake_columns("enriched-orders")


def _lake_columns(job: str) -> str:
    found = re.search(r"CREATE TABLE IF NOT EXISTS lake\.\S+ (\(.*?\n\)) WITH", _SCRIPTS[job], re.DOTALL)
    assert found
    return found[1]


def test_the_fed_table_has_the_columns_that_the_job_writes() -> None:
    script = (Path(PROJECT) / "sandbox" / "sample" / "operations.sql").read_text()
    made = re.findall(r"^    (\w+) ", script, re.MULTILINE)
    fed = re.search(
        r"CREATE TEMPORARY TABLE operations_orders \((.*?)\n  PRIMARY KEY", _SCRIPTS["operations-orders"], re.DOTALL
    )
    assert fed
    assert made == re.findall(r"^  (\w+) ", fed[1], re.MULTILINE)
