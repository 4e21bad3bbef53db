"""A session job: as `lakehouse up` runs it, and as the operator submits it to a session cluster of the same image."""

import json
import time
import urllib.error
import uuid
from collections.abc import Iterator

import pytest

from infra.jobs import load_jobs
from sandbox.flink import sql_sources
from sandbox.flink.home import CONTAINER_HOME
from sandbox.ports import choose
from sandbox.processes import Process
from sandbox.program import Here, read_settings, run_program
from tests.declared import DeclaredOnly
from tests.end_to_end.project import Project
from tests.end_to_end.session_rest import Rest

NAME = "products-session"
JOB = {
    "job.yaml": """\
description: Every product
owner: catalogue-team
mode: session
reads:
  - source: erpdb
    tables: [products]
writes:
  - table: orders.products_session
    key: [id]
    freshness: 30s
""",
    "job.sql": """\
CREATE TEMPORARY TABLE products (id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED) WITH (
  'connector' = 'mysql-cdc', 'hostname' = '${erpdb.host}', 'port' = '${erpdb.port}',
  'username' = '${erpdb.username}', 'password' = '${erpdb.password}',
  'database-name' = '${erpdb.database}', 'table-name' = 'products', 'server-id' = '${erpdb.server-id.products}'
);
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.products_session (
  id INT NOT NULL, name STRING, PRIMARY KEY (id) NOT ENFORCED
) WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');
INSERT INTO lake.`${database.orders}`.products_session SELECT id, name FROM products;
""",
}
OTHER = {
    "job.yaml": JOB["job.yaml"].replace("products_session", "products_submitted"),
    "job.sql": JOB["job.sql"].replace("products_session", "products_submitted"),
}


def add(project: Project, name: str, files: dict[str, str]) -> None:
    folder = project.folder / "jobs" / name
    folder.mkdir()
    for file, content in files.items():
        (folder / file).write_text(content)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.copy(tmp_path_factory.mktemp("session") / "project")
    add(project, NAME, JOB)
    project.edit("Pulumi.sandbox.yaml", "    flink:\n", "    flink:\n      session: {}\n")
    up = project.lakehouse("up", "--orders", "100", NAME)
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def counted(project: Project, table: str, number: int) -> None:
    deadline = time.monotonic() + 90
    while (found := project.query(f"SELECT count(*) AS n FROM iceberg_orders.{table}")[0]["n"]) != number:
        assert time.monotonic() < deadline, f"{found} instead of {number}"
        time.sleep(1)


def test_here_it_is_an_application_of_its_own(project: Project) -> None:
    assert set(project.state.jobs) == {NAME}
    counted(project, "products_session", 200)


@pytest.fixture(scope="module")
def session(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rest]:
    """A session cluster with the configuration of the first job, which a submitted one must not take for its own."""
    state = project.state
    assert state.aws is not None
    add(project, "products-submitted", OTHER)
    settings = read_settings(project.folder, "sandbox", Here(jobs=("products-submitted",)))
    (job,) = load_jobs(project.folder / "jobs", settings)
    secrets = sql_sources.variables(job, settings, stack="session", aws=state.aws)
    secrets = {name: value for name, value in secrets.items() if "SERVER_ID" not in name and "DATABASE" not in name}
    logs = tmp_path_factory.mktemp("session-cluster")
    rest_port, rpc_port = choose(2)
    options = [f"rest.port={rest_port}", f"jobmanager.rpc.port={rpc_port}", "web.submit.enable=true"]
    running = state.jobs[NAME]
    cluster = [
        Process(
            name,
            [*command, *[part for option in options for part in ("-D", option)]],
            log=logs / f"{name}.log",
            env=running.environment | secrets,
        )
        for name, command in zip(("JobManager", "TaskManager"), running.session, strict=True)
    ]
    for process in cluster:
        process.start()
    try:
        rest = Rest(f"http://127.0.0.1:{rest_port}")
        rest.wait("/overview", "taskmanagers", 1)
        yield rest
    finally:
        for process in cluster:
            process.stop(grace_seconds=1)


def test_the_operators_calls_start_it_in_a_session_with_its_own_configuration(project: Project, session: Rest) -> None:
    here = Here(jobs=("products-submitted",))
    program = run_program(project.folder, "sandbox", DeclaredOnly("eu-west-1"), here)
    (declared,) = program.of_kind("FlinkSessionJob")
    spec = json.loads(json.dumps(declared.inputs["spec"]).replace(CONTAINER_HOME, str(project.state.jobs[NAME].home)))
    job_id = uuid.uuid4().hex
    jar = session.upload_empty_jar()
    body = {
        "entryClass": spec["job"]["entryClass"],
        "programArgsList": spec["job"]["args"],
        "parallelism": spec["job"]["parallelism"],
        "jobId": job_id,
        "flinkConfiguration": spec["flinkConfiguration"],
    }
    assert session.call(f"/jars/{jar}/run", body)["jobid"] == job_id
    job = session.wait(f"/jobs/{job_id}", "state", "RUNNING")
    assert job["name"] == "products-submitted"
    counted(project, "products_submitted", 200)
    checkpoints = session.wait(f"/jobs/{job_id}/checkpoints", "latest", None)
    deadline = time.monotonic() + 60
    while not (completed := checkpoints["latest"].get("completed")):
        assert time.monotonic() < deadline
        checkpoints = session.call(f"/jobs/{job_id}/checkpoints")
    assert completed["external_path"].startswith("s3://lake-state/products-submitted/checkpoints/")
    told = session.call(f"/jobs/{job_id}/checkpoints/config")
    assert (told["mode"], told["interval"], told["unaligned_checkpoints"]) == ("exactly_once", 1000, False)


def test_a_script_with_a_mistake_is_refused_by_the_call_and_the_cluster_goes_on(
    project: Project, session: Rest
) -> None:
    runner = project.state.jobs[NAME].home / "usrlib" / "sql-runner.jar"
    body = {
        "entryClass": "lakehouse.sqlrunner.SqlRunner",
        "programArgsList": ["--script-text", "INSERT INTO nowhere SELECT 1;"],
        "flinkConfiguration": {"pipeline.classpaths": f"file://{runner}"},
    }
    with pytest.raises(urllib.error.HTTPError) as refused:
        session.call(f"/jars/{session.upload_empty_jar()}/run", body)
    assert "job.sql:1:1: Cannot find table" in refused.value.read().decode()
    assert session.call("/overview")["taskmanagers"] == 1
