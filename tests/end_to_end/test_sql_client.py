"""`lakehouse sql`, and a second catalog, as a user has them: every catalog of the stack, and the sources of a job."""

import re
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.end_to_end.project import Project, interrupt

JOB = {
    "job.yaml": """\
description: Every product, for those who look for it in their own catalog
owner: catalogue-team
reads:
  - source: erpdb
    tables: [products]
catalogs: [onprem]
""",
    "job.sql": """\
CREATE TEMPORARY TABLE products (id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'mysql-cdc', 'hostname' = '${erpdb.host}', 'port' = '${erpdb.port}',
  'username' = '${erpdb.username}', 'password' = '${erpdb.password}',
  'database-name' = '${erpdb.database}', 'table-name' = 'products', 'server-id' = '${erpdb.server-id.products}'
);
CREATE DATABASE IF NOT EXISTS onprem.shop;
CREATE TABLE IF NOT EXISTS onprem.shop.products (
  id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED
) WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');
INSERT INTO onprem.shop.products SELECT id, name FROM products;
""",
}
SNAPSHOT = "/*+ OPTIONS('scan.startup.mode' = 'snapshot') */"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A running sandbox with two jobs: one into the lake, one into the second catalog."""
    project = Project.copy(tmp_path_factory.mktemp("sql") / "project")
    folder = project.folder / "jobs" / "products-onprem"
    folder.mkdir()
    for name, content in JOB.items():
        (folder / name).write_text(content)
    up = project.lakehouse("up", "--orders", "300", "enriched-orders", "products-onprem")
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def said(project: Project, sql: str, *, job: str = "enriched-orders") -> str:
    script = project.folder / "question.sql"
    script.write_text(sql)
    client = project.lakehouse("sql", "--job", job, "-f", str(script))
    assert client.returncode == 0, client.stdout + client.stderr
    assert "[ERROR]" not in client.stdout, client.stdout
    return client.stdout


def last_number(text: str) -> int:
    return int(re.findall(r"\|\s+(\d+) \|", text)[-1])


def wait_for(project: Project, sql: str, number: int) -> None:
    deadline = time.monotonic() + 60
    while (found := last_number(said(project, sql))) != number:
        assert time.monotonic() < deadline, f"{found} instead of {number}"


def test_both_catalogs_are_there_and_so_are_the_sources(project: Project) -> None:
    text = said(project, "SHOW CATALOGS;\nSHOW TABLES;\n")
    for name in ("lake", "onprem", "orders", "products", "shipments", "enriched_orders_lake"):
        assert re.search(rf"\| +{name} \|", text), text


def test_a_source_is_read_at_once(project: Project) -> None:
    text = said(project, f"SET 'execution.runtime-mode' = 'streaming';\nSELECT COUNT(*) AS n FROM orders {SNAPSHOT};\n")
    assert last_number(text) == 300


def test_a_job_writes_to_the_second_catalog_and_the_client_reads_it(project: Project) -> None:
    products = "SET 'execution.runtime-mode' = 'streaming';\nSELECT COUNT(*) AS n FROM products "
    in_source = last_number(said(project, products + SNAPSHOT + ";\n"))
    assert in_source
    wait_for(project, "SELECT COUNT(*) AS n FROM onprem.shop.products;\n", in_source)


def test_what_the_client_writes_to_one_catalog_it_joins_with_the_other(project: Project) -> None:
    text = said(
        project,
        "SET 'table.dml-sync' = 'true';\nCREATE TABLE onprem.shop.names AS SELECT id, name FROM onprem.shop.products;\n"
        "SELECT COUNT(DISTINCT o.product_id) AS n FROM enriched_orders_lake o JOIN onprem.shop.names p "
        "ON o.product_id = p.id AND o.product_name = p.name;\n",
    )
    assert last_number(text) > 0


def test_the_slot_of_a_query_is_its_own_and_goes_with_it(project: Project) -> None:
    script = project.folder / "shipments.sql"
    script.write_text("SET 'execution.runtime-mode' = 'streaming';\nSELECT shipment_id FROM shipments;\n")
    before = slots(project)
    client = project.start("sql", "--job", "enriched-orders", "-f", str(script))
    try:
        deadline = time.monotonic() + 90
        while slots(project) == before:
            assert time.monotonic() < deadline
            time.sleep(0.5)
        assert len(slots(project) - before) == 1
    finally:
        interrupt(client)
    assert slots(project) == before


def test_no_password_stays_behind(project: Project) -> None:
    assert not (project.folder / ".sandbox" / "run" / "sql" / "welcome.sql").exists()
    passwords = [password.encode() for password in project.published_passwords()]
    for file in (project.folder / ".sandbox" / "run" / "sql").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [password for password in passwords if password in content], file


def test_a_catalog_that_there_is_not_is_answered_with_those_there_are(project: Project) -> None:
    other = Project.copy(project.folder.parent / "other")
    other.edit("jobs/enriched-orders/job.yaml", "owner:", "catalogs: [onpremises]\nowner:")
    assert "the stack file has no catalog 'onpremises'; did you mean 'onprem'?" in other.refusal("up")


def slots(project: Project) -> set[str]:
    login = project.state.databases["postgres"]
    with psycopg.connect(
        host=login.host, port=login.port, user=login.username, password=login.password, dbname="postgres"
    ) as connection:
        return {str(name) for (name,) in connection.execute("SELECT slot_name FROM pg_replication_slots")}
