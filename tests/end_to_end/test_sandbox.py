"""The whole sandbox with small data, driven as a user drives it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from infra.alarms import alarms_of
from infra.collector_configuration import metric_relabeling
from infra.dashboard_row import row
from infra.jobs import load_jobs
from infra.metrics import CHECKPOINTS, JOB_METRICS, RUNNING
from infra.outputs import Contract
from lakehouse import Lakehouse, QueryFailed
from sandbox.aws.local import aws_client
from sandbox.demo.changes import ChangeStream
from sandbox.program import read_settings
from tests.declared import PROJECT
from tests.end_to_end.project import Project
from tests.scraped import collected, scrape

TABLE = "iceberg_orders.enriched_orders_lake"
SECOND_JOB = {
    "job.yaml": """\
description: Every product
owner: catalogue-team
reads:
  - source: erpdb
    tables: [products]
writes:
  - table: orders.products_copy
    key: [id]
    freshness: 30s
""",
    "job.sql": """\
CREATE TEMPORARY TABLE products (id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'mysql-cdc', 'hostname' = '${erpdb.host}', 'port' = '${erpdb.port}',
  'username' = '${erpdb.username}', 'password' = '${erpdb.password}',
  'database-name' = '${erpdb.database}', 'table-name' = 'products', 'server-id' = '${erpdb.server-id.products}'
);
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.products_copy (
  id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED
) WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');
INSERT INTO lake.`${database.orders}`.products_copy SELECT id, name FROM products;
""",
}


@pytest.fixture(scope="module", params=["mariadb", pytest.param("mysql8", marks=pytest.mark.mysql8)])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A running sandbox with two jobs: the repository's, and one that is nothing but a folder."""
    project = Project.copy(tmp_path_factory.mktemp("sandbox") / "project")
    folder = project.folder / "jobs" / "products-copy"
    folder.mkdir()
    for name, content in SECOND_JOB.items():
        (folder / name).write_text(content)
    up = project.lakehouse("up", "--orders", "400", *(["--mysql8"] if request.param == "mysql8" else []))
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    assert project.lakehouse("down").stdout.strip() == "Stopped; nothing of it is left running."
    assert not project.left_running()


IN_GLUE = {"integer": "int", "varchar": "string", "timestamp(6)": "timestamp", "decimal(10, 2)": "decimal(10,2)"}
"""Types as queries call them → as Glue does, where the two differ."""


def test_what_the_contract_says_of_a_table_is_what_flink_made(project: Project) -> None:
    contract = Contract.model_validate(
        json.loads((project.folder / ".sandbox" / "run" / "outputs.json").read_text())["contract"]
    )
    assert set(contract.tables) == {TABLE, "iceberg_orders.products_copy"}
    aws = project.state.aws
    assert aws is not None
    for name, table in contract.tables.items():
        database, _, short = name.partition(".")
        made = aws_client(aws, "glue").get_table(DatabaseName=database, Name=short)["Table"]
        columns = made.get("StorageDescriptor", {}).get("Columns", [])
        said = {column.name: IN_GLUE.get(column.type, column.type) for column in table.columns}
        assert {column["Name"]: column.get("Type") for column in columns} == said
        required = {
            column["Name"]
            for column in columns
            if column.get("Parameters", {}).get("iceberg.field.optional") == "false"
        }
        assert required == {column.name for column in table.columns if not column.nullable}


def test_the_catalogue_has_both_tables_as_they_are(project: Project) -> None:
    project.compared(TABLE)
    said = project.lakehouse("docs")
    assert (said.returncode, said.stdout.strip()) == (0, str(project.folder / ".sandbox" / "catalogue.html"))
    text = (project.folder / ".sandbox" / "catalogue.html").read_text()
    for words in (f'id="{TABLE}"', 'id="iceberg_orders.products_copy"', "catalogue-team", "Last commit"):
        assert words in text
    # Both are there, with the columns that their scripts have.
    assert "not made yet" not in text
    assert "not declared" not in text
    assert "Declared, and not in the table" not in text
    assert not [password for password in project.published_passwords() if password in text]


def test_the_snapshot_is_in_the_lake(project: Project) -> None:
    comparison = project.compared(TABLE)
    assert (comparison.rows_expected, comparison.rows_different) == (400, 0), comparison.examples


def test_a_notebook_asks_it_as_it_would_ask_production(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    lakehouse = Lakehouse.from_stack("acme/flink-lakehouse/sandbox")
    assert lakehouse.answered_by == f"the sandbox of {project.folder}"
    orders = lakehouse.table("enriched_orders_lake")
    (counted,) = orders.sql("SELECT count(*) AS n, count(DISTINCT order_id) AS keys FROM {table}")
    assert counted == {"n": 400, "keys": 400}
    (row,) = orders.sql("SELECT * FROM {table} ORDER BY order_id LIMIT 1")
    assert list(row) == list(orders.columns)
    python_types = {
        "integer": int,
        "varchar": str,
        "timestamp(6)": datetime,
        "decimal(10, 2)": Decimal,
        "boolean": bool,
    }
    found: dict[str, object] = {name: type(value) for name, value in row.items() if value is not None}
    assert found == {name: python_types[orders.columns[name].type] for name in found}
    committed = orders.last_commit()
    assert committed is not None
    assert committed < datetime.now(UTC)
    with pytest.raises(QueryFailed, match="its history begins at"):
        orders.sql("SELECT * FROM {table}", as_of=timedelta(days=1))


def test_the_notebook_of_the_documentation_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.folder)
    page = (PROJECT / "docs" / "consumers.md").read_text()
    notebook = page.split("```python\n")[1].partition("```")[0]
    assert 'from_stack("acme/flink-lakehouse/prod")' in notebook
    exec(notebook.replace("/prod", "/sandbox"), {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[-2].startswith("orders-team ('order_id',) 30s 20")
    assert printed[-1] == "decimal(10, 2) What all of it costs, in the currency of the shop"
    assert sum(int(line.split()[-1]) for line in printed[:-2]) == 400


def test_a_second_up_finds_the_first(project: Project) -> None:
    pid = project.state.pid
    again = project.lakehouse("up")
    assert again.returncode == 0
    assert "It runs already." in again.stdout
    assert project.state.pid == pid


def test_a_job_that_is_only_a_folder_runs_too(project: Project) -> None:
    products = project.query("SELECT count(*) AS n FROM iceberg_orders.products_copy")
    assert products == project.query("SELECT count(DISTINCT id) AS n FROM iceberg_orders.products_copy")
    assert products[0]["n"]
    assert set(project.state.jobs) == {"enriched-orders", "products-copy"}


def test_changes_survive_a_task_manager_that_is_killed_among_them(project: Project) -> None:
    stream = ChangeStream(*project.sources, seed=7, rate=50)
    restarts = sum(job.task_manager_restarts for job in project.state.jobs.values())

    def kill_one(sequence: int) -> None:
        if sequence == 100:
            project.part("TaskManagerRunner", str(project.state.jobs["enriched-orders"].home)).kill()

    changes = stream.run(count=400, on_change=lambda change: kill_one(change.sequence))
    assert {change.kind.split()[0] for change in changes} >= {"insert", "update", "delete"}
    comparison = project.compared(TABLE)
    assert comparison.rows_different == 0, comparison.examples
    assert comparison.rows_in_lake > 400
    assert sum(job.task_manager_restarts for job in project.state.jobs.values()) == restarts + 1


def test_time_travel_and_history_as_in_athena(project: Project) -> None:
    history = project.query('SELECT * FROM "iceberg_orders"."enriched_orders_lake$history" ORDER BY made_current_at')
    assert len(history) > 1
    first = history[0]["snapshot_id"]
    rows = project.query(f"SELECT count(*) AS n FROM {TABLE} FOR VERSION AS OF {first}")
    assert rows[0]["n"] == 400


def test_status_says_what_runs_and_what_cannot(project: Project) -> None:
    said = project.lakehouse("status").stdout
    for expected_part in ("enriched-orders", "products-copy", "AWS, played", "memory", "Image flink", "declared"):
        assert expected_part in said


def test_flink_says_what_alarms_and_dashboards_look_at(project: Project) -> None:
    stack = read_settings(project.folder, "sandbox")
    for job in load_jobs(project.folder / "jobs", stack):
        home = str(project.state.jobs[job.name].home)
        said = [scrape(project.part(part, home)) for part in ("ApplicationClusterEntryPoint", "TaskManagerRunner")]
        kept = list(collected("".join(said), {"job_name": job.name, "pod": "one"}, metric_relabeling()))
        # Of two with the same labels the collector would lose one.
        assert len({tuple(sorted(series.labels.items())) for series in kept}) == len(kept)
        metrics = {metric.name: metric for metric in JOB_METRICS}
        there = {
            (series.name, tuple((name, series.labels[name]) for name in metrics[series.name].dimensions)): series.value
            for series in kept
        }
        looked_at = {
            (series.metric.name, tuple(series.dimensions.items()))
            for alarm in alarms_of(job, checkpoint_interval=stack.checkpoint_seconds)
            for series in alarm.series.values()
        }
        assert looked_at <= there.keys()
        shown = [line for widget in row(job, stack="sandbox", region="eu-west-1") for line in lines_of(widget)]
        assert {(name, tuple(zip(labels[::2], labels[1::2], strict=True))) for name, *labels in shown} == there.keys()
        of_job = (("job_name", job.name),)
        assert there[RUNNING.name, of_job] == 1
        assert there[CHECKPOINTS.name, of_job] > 0


def lines_of(widget: dict[str, Any]) -> list[list[str]]:
    """The metrics of a graph: name and dimensions."""
    lines = widget["properties"].get("metrics", [])
    return [line[1:-1] for line in lines if isinstance(line[0], str)]


def test_flinks_sql_client_reads_the_lake(project: Project) -> None:
    script = project.folder / "count.sql"
    script.write_text(f"SELECT COUNT(*) AS n FROM {TABLE};\n")
    client = project.lakehouse("sql", "-f", str(script))
    assert client.returncode == 0, client.stderr
    assert "1 row in set" in client.stdout, client.stdout


def test_logs_print_each_part(project: Project) -> None:
    said = project.lakehouse("logs", "jobmanager", "-n", "3").stdout
    assert "enriched-orders: JobManager" in said
    assert "TaskManager 1" not in said


def test_no_password_is_in_what_was_declared_nor_in_a_log(project: Project) -> None:
    passwords = [login.password.encode() for login in project.state.databases.values()]
    passwords += [secret.encode() for secret in project.published_passwords()]
    assert len(set(passwords)) == 6
    for file in (project.folder / ".sandbox").rglob("*"):
        if (
            file.is_file()
            and not file.is_symlink()
            and file.suffix in (".log", ".json", ".yaml", ".sql", ".properties")
        ):
            found = [password for password in passwords if password in file.read_bytes()]
            assert not found or file.name == "state.json", file


def test_a_question_that_cannot_be_answered_says_why(project: Project) -> None:
    said = project.refusal("query", "SELECT * FROM iceberg_orders.enriched_order_lake")
    assert "'enriched_orders_lake'" in said
    assert "the lake is written by its jobs" in project.refusal("query", f"DELETE FROM {TABLE}")
