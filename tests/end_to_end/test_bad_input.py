"""Bad input: a message of one to five lines that names the file, the place and the remedy; exit code 1; nothing
left."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.declared import PROJECT
from tests.end_to_end.project import Project

JOB = "jobs/enriched-orders"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.copy(tmp_path / "project")


def test_a_misspelt_key_in_the_stack_file(project: Project) -> None:
    project.edit("Pulumi.sandbox.yaml", "region:", "regoin:")
    said = project.refusal("up").splitlines()
    where = "config.flink-lakehouse:settings.aws"
    assert f"Pulumi.sandbox.yaml:6: {where}.regoin: unknown key; did you mean 'region'?" in said
    assert f"Pulumi.sandbox.yaml:5: {where}.region: this key is missing" in said


def test_a_misspelt_key_in_job_yaml(project: Project) -> None:
    project.edit(f"{JOB}/job.yaml", "owner:", "ownr:")
    said = project.refusal("up")
    assert f"{JOB}/job.yaml:3: ownr: unknown key; did you mean 'owner'?" in said


def test_a_job_folder_with_two_entry_points(project: Project) -> None:
    (project.folder / JOB / "job.py").touch()
    assert f"{JOB}: a job folder has exactly one entry point" in project.refusal("up")


def test_a_job_folder_without_entry_point(project: Project) -> None:
    (project.folder / JOB / "job.sql").unlink()
    assert project.refusal("up").endswith("here is none")


def test_a_table_that_two_jobs_write(project: Project) -> None:
    shutil.copytree(project.folder / JOB, project.folder / "jobs" / "twin")
    said = project.refusal("up")
    assert "jobs/twin/job.yaml: writes the table iceberg_orders.enriched_orders_lake" in said
    assert "jobs/enriched-orders/job.yaml" in said


def test_a_secret_that_does_not_exist(project: Project) -> None:
    project.edit("Pulumi.sandbox.yaml", "secret: sandbox/mysql", "secret: sandbox/mysqll")
    said = project.refusal("up")
    assert "Pulumi.sandbox.yaml: config.flink-lakehouse:settings.sources.erpdb.secret: " in said
    assert "cannot find 'sandbox/mysqll' in Secrets Manager" in said
    assert "did you mean 'sandbox/mysql'?" in said


def test_a_variable_that_nobody_sets(project: Project) -> None:
    project.edit(f"{JOB}/job.sql", "'${erpdb.host}'", "'${erpdb.hots}'")
    said = project.refusal("up")
    assert "job.sql:11:17: ${erpdb.hots} has no value" in said
    assert "${erpdb.host}" in said


def test_two_inserts(project: Project) -> None:
    script = project.folder / JOB / "job.sql"
    script.write_text(script.read_text() + "\nINSERT INTO lake.`${database.orders}`.t SELECT * FROM orders;\n")
    said = project.refusal("up")
    assert "this is a second job" in said
    assert "EXECUTE STATEMENT SET BEGIN" in said


def test_a_syntax_error(project: Project) -> None:
    project.edit(f"{JOB}/job.sql", "LEFT JOIN products", "LEFT JION products")
    said = project.refusal("up")
    line = (
        (project.folder / JOB / "job.sql")
        .read_text()
        .splitlines()
        .index("LEFT JION products AS p ON o.product_id = p.id")
    )
    assert f"job.sql:{line + 1}:" in said
    assert "JION" in said


def test_an_upsert_key_that_is_no_column(project: Project) -> None:
    project.edit(f"{JOB}/job.yaml", "key: [order_id]", "key: [order_idd]")
    said = project.refusal("up")
    assert "job.yaml: writes orders.enriched_orders_lake with the key column 'order_idd'" in said
    assert "did you mean 'order_id'?" in said


def test_a_busy_port(project: Project) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        said = project.refusal("up", "--port", f"mysql={port}")
    assert said.startswith(f"--port mysql={port}: port {port} cannot be used (Address already in use)")


def test_a_port_for_a_server_that_is_none(project: Project) -> None:
    assert "there is no server 'mysq1'; did you mean 'mysql'?" in project.refusal("up", "--port", "mysq1=3306")


def test_a_stack_without_file(project: Project) -> None:
    assert project.refusal("demo", "--stack", "prod").startswith("Pulumi.prod.yaml: no such stack file")


def test_a_folder_that_is_no_project(tmp_path: Path) -> None:
    assert Project(tmp_path).refusal("up").startswith(f"Pulumi.yaml: not in {tmp_path} nor above it")


@pytest.mark.parametrize("command", [("query", "SELECT 1"), ("sql",), ("logs",), ("status",)])
def test_a_question_to_a_sandbox_that_does_not_run(project: Project, command: tuple[str, ...]) -> None:
    assert project.refusal(*command) == "no sandbox is running; start one with 'lakehouse up'"


def test_a_java_that_is_gone(project: Project, tmp_path: Path) -> None:
    # A checkout of its own, whose set-up chose a JDK that was removed since.
    checkout = tmp_path / "checkout"
    for part in ("bootstrap", "infra", "sandbox"):
        shutil.copytree(PROJECT / part, checkout / part, ignore=shutil.ignore_patterns("target"))
    (checkout / "sandbox" / "target").symlink_to(PROJECT / "sandbox" / "target")
    run = subprocess.run(
        project.command("up"), cwd=project.folder, env={"PYTHONPATH": str(checkout)}, capture_output=True, text=True
    )
    assert run.returncode == 1
    assert run.stderr.strip() == "error: the JDK that set-up found is not there any more: run `make setup`"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", disk], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    said = Project.copy(small_disk / "project").refusal("up")
    assert said.startswith(f"the disk of {small_disk}/project/.sandbox/run is full: ")
    assert "make room, then start it again" in said
