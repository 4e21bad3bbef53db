"""What `lakehouse impact` says of a change, against what becomes of it: the old job's savepoint, the new job from it.

Prints one line a kind of change: predicted, observed, and what Flink says where it refuses.
"""

import re
import shutil
import subprocess
import time
import urllib.error
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from impact.jobs import Fate, JobVerdict, job_verdicts
from impact.version import JobVersion, ProjectVersion, read_job_version
from infra.jobs import load_jobs
from sandbox.athena.engine import Athena
from sandbox.flink import sql_sources
from sandbox.packages import java_home
from sandbox.plan import plan_jobs
from sandbox.ports import choose
from sandbox.processes import Process
from sandbox.program import Here, read_settings
from sandbox.sample.sources import connect_mysql
from tests.end_to_end.kinds_of_change import BASES, Kind, kinds
from tests.end_to_end.project import Project
from tests.end_to_end.session_rest import Rest

# All of them are tried within the first test.
pytestmark = pytest.mark.timeout(1200)

KEYS = {"copied": "order_id", "spoken": "order_id", "joined": "order_id", "counted": "product", "kept": "product"}
KEPT, LOST, REFUSED = "goes on with its state", "goes on without its state", "is refused"
_SECONDS = 60
_ADDED = re.compile(r" LANGUAGE JAVA USING JAR 'file://([^']+)'")
_UDF = """\
package udf;

public class Said extends org.apache.flink.table.functions.ScalarFunction {{
    public String eval(String text) {{
        return text == null ? null : {how};
    }}
}}
"""


@dataclass(frozen=True)
class Row:
    kind: Kind
    predicted: JobVerdict
    observed: str
    cause: str


class Cluster:
    """A session cluster, with the databases and the played AWS of a sandbox."""

    def __init__(self, project: Project, rest: Rest) -> None:
        self._project = project
        self._rest = rest
        self._home = next(iter(project.state.jobs.values())).home

    def start(self, script: str, *, parallelism: int, flink: Mapping[str, str], savepoint: str | None) -> str:
        """Gives the job's id; raises `HTTPError` where Flink won't have the script."""
        job = uuid.uuid4().hex
        runner = self._home / "usrlib" / "sql-runner.jar"
        # A session cluster is given a job's jar, and takes none by the script.
        added = _ADDED.search(script)
        jar = self._rest.upload(Path(added[1]).read_bytes()) if added else self._rest.upload_empty_jar()
        body: dict[str, Any] = {
            "entryClass": "lakehouse.sqlrunner.SqlRunner",
            "programArgsList": ["--script-text", _ADDED.sub("", script)],
            "parallelism": parallelism,
            "jobId": job,
            "flinkConfiguration": {
                "pipeline.classpaths": f"file://{runner}",
                "execution.checkpointing.interval": "500 ms",
                "restart-strategy.type": "none",
                **flink,
            },
        }
        if savepoint is not None:
            body["savepointPath"] = savepoint
        self._rest.call(f"/jars/{jar}/run", body)
        return job

    def goes_on(self, job: str) -> bool:
        """Whether it runs and makes a checkpoint; False where it failed."""
        deadline = time.monotonic() + _SECONDS
        while time.monotonic() < deadline:
            if self._rest.call(f"/jobs/{job}")["state"] in ("FAILED", "CANCELED", "FINISHED"):
                return False
            if self._rest.call(f"/jobs/{job}/checkpoints").get("counts", {}).get("completed", 0) > 1:
                return True
            time.sleep(0.2)
        return False

    def cause(self, job: str) -> str:
        said = str(self._rest.call(f"/jobs/{job}/exceptions").get("root-exception") or "").splitlines()
        causes = [line for line in said if line.startswith("Caused by:")] or said[:1]
        return causes[-1].removeprefix("Caused by:").strip() if causes else ""

    def stop_with_savepoint(self, job: str) -> str:
        asked = self._rest.call(f"/jobs/{job}/stop", {"targetDirectory": "s3://lake-state/verdicts", "drain": False})
        path = f"/jobs/{job}/savepoints/{asked['request-id']}"
        deadline = time.monotonic() + _SECONDS
        while (answer := self._rest.call(path))["status"]["id"] != "COMPLETED":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        return str(answer["operation"]["location"])

    def cancel(self, job: str) -> None:
        if self._rest.call(f"/jobs/{job}")["state"] not in ("FAILED", "CANCELED", "FINISHED"):
            self._rest.call(f"/jobs/{job}?mode=cancel", method="PATCH")
        deadline = time.monotonic() + _SECONDS
        while self._rest.call(f"/jobs/{job}")["state"] not in ("FAILED", "CANCELED", "FINISHED"):
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory: pytest.TempPathFactory) -> list[Kind]:
    jars = [_jar(tmp_path_factory.mktemp("udf"), how) for how in ("text.toUpperCase()", "text.toLowerCase()")]
    return kinds(*(jar.as_uri() for jar in jars))


def _jar(folder: Path, how: str) -> Path:
    from sandbox.flink.home import flink_distribution

    source, jar = folder / "udf" / "Said.java", folder / "udf.jar"
    source.parent.mkdir()
    source.write_text(_UDF.format(how=how))
    classpath = ":".join(str(path) for path in (flink_distribution() / "lib").glob("*.jar"))
    tools = java_home() / "bin"
    subprocess.run([tools / "javac", "--release", "17", "-cp", classpath, "udf/Said.java"], cwd=folder, check=True)
    subprocess.run([tools / "jar", "cf", jar, "udf/Said.class"], cwd=folder, check=True)
    return jar


@pytest.fixture(scope="module")
def project(all_kinds: list[Kind], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A sandbox, with a folder for each job before and after; of these it runs the first."""
    project = Project.copy(tmp_path_factory.mktemp("verdicts") / "project")
    shutil.rmtree(project.folder / "jobs")
    for base, script in BASES.items():
        _write(project.folder / "jobs" / base, base, script, {})
    for kind in all_kinds:
        manifest = {"parallelism": kind.parallelism, "flink": kind.flink}
        _write(project.folder / "jobs" / kind.job, kind.base, kind.script, manifest)
    up = project.lakehouse("up", "--orders", "200", "copied")
    assert up.returncode == 0, up.stdout + up.stderr
    yield project
    project.lakehouse("down")
    assert not project.left_running()


def _write(folder: Path, base: str, script: str, more: Mapping[str, object]) -> None:
    folder.mkdir(parents=True)
    reads = {"source": "erpdb", "tables": ["orders", "products"]}
    writes = {"table": f"orders.{base}", "key": [KEYS[base]], "freshness": "30s"}
    manifest = {"description": base, "owner": "order-team", "reads": [reads], "writes": [writes], **more}
    (folder / "job.yaml").write_text(yaml.safe_dump(manifest))
    (folder / "job.sql").write_text(script)


@pytest.fixture(scope="module")
def verdicts(project: Project, all_kinds: list[Kind]) -> dict[str, JobVerdict]:
    """By the plans that Flink makes of both."""
    planned = plan_jobs(project.folder)
    assert [each.error for each in planned if each.error] == []
    versions = {folder.name: read_job_version(folder) for folder in (project.folder / "jobs").iterdir()}
    return {kind.job: _verdict(versions[kind.base], versions[kind.job]) for kind in all_kinds}


def _verdict(before: JobVersion, after: JobVersion) -> JobVerdict:
    projects = [ProjectVersion(jobs={"job": version}, settings={}, image={}, contract=1) for version in (before, after)]
    (found,) = job_verdicts(*projects)
    return found


@pytest.fixture(scope="module")
def cluster(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    state = project.state
    assert state.aws is not None
    settings = read_settings(project.folder, "sandbox", Here(jobs=("joined",)))
    (job,) = load_jobs(project.folder / "jobs", settings)
    variables = sql_sources.variables(job, settings, stack="verdicts", aws=state.aws)
    logs = tmp_path_factory.mktemp("verdicts-cluster")
    rest_port, rpc_port = choose(2)
    options = [
        *(f"rest.port={rest_port}", f"jobmanager.rpc.port={rpc_port}", "web.submit.enable=true"),
        *("taskmanager.numberOfTaskSlots=2", "jobmanager.scheduler=default"),
    ]
    running = state.jobs["copied"]
    processes = [
        Process(
            name,
            [*command, *[part for option in options for part in ("-D", option)]],
            log=logs / f"{name}.log",
            env=running.environment | variables,
        )
        for name, command in zip(("JobManager", "TaskManager"), running.session, strict=True)
    ]
    for process in processes:
        process.start()
    try:
        rest = Rest(f"http://127.0.0.1:{rest_port}")
        rest.wait("/overview", "taskmanagers", 1)
        yield Cluster(project, rest)
    finally:
        for process in processes:
            process.stop(grace_seconds=1)


class Shop:
    """The orders' database, and what of a change in it the lake must show by the state that a job has."""

    def __init__(self, project: Project, athena: Athena) -> None:
        login, database, *_ = project.sources
        self._database = connect_mysql(login, database)
        self._athena = athena

    def one(self, sql: str) -> Any:
        with self._database.cursor() as cursor:
            cursor.execute(sql)
            row = cursor.fetchone()
        return row[0] if row else None

    def wait_for_all(self, base: str) -> None:
        number = "COUNT(DISTINCT COALESCE(product_id, -1))" if KEYS[base] == "product" else "COUNT(*)"
        self._wait(f"SELECT count(*) FROM iceberg_orders.{base}", self.one(f"SELECT {number} FROM orders"), _SECONDS)

    def has_its_state(self, base: str, seconds: float = 20) -> bool:
        """Change something of which the job must remember the rest; whether the lake shows it."""
        mark = uuid.uuid4().hex
        most = "GROUP BY product_id ORDER BY COUNT(*) DESC, product_id LIMIT 1"
        product = self.one(f"SELECT product_id FROM orders WHERE product_id IS NOT NULL AND order_qty > 1 {most}")
        if base == "joined":
            self.one(f"UPDATE products SET name = '{mark}' WHERE id = {product}")
            orders = self.one(f"SELECT COUNT(*) FROM orders WHERE product_id = {product}")
            return self._wait(f"SELECT count(*) FROM iceberg_orders.joined WHERE product = '{mark}'", orders, seconds)
        order = self.one(f"SELECT MIN(order_id) FROM orders WHERE product_id = {product}")
        if base in ("copied", "spoken"):
            # A source that forgot its place would read all again, or nothing.
            self.one(f"UPDATE orders SET customer_name = '{mark}' WHERE order_id = {order}")
            return self._wait(
                f"SELECT count(*) FROM iceberg_orders.{base} WHERE lower(customer) = '{mark}'", 1, seconds
            ) and self._wait(f"SELECT count(*) FROM iceberg_orders.{base}", self.one("SELECT COUNT(*) FROM orders"), 5)
        self.one(f"UPDATE orders SET product_id = NULL WHERE order_id = {order}")
        # None: without orders the product has no row.
        counted = self.one(f"SELECT COUNT(*) FROM orders WHERE product_id = {product}") or None
        return self._wait(f"SELECT max(n) FROM iceberg_orders.{base} WHERE product = {product}", counted, seconds)

    def _wait(self, sql: str, value: object, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self._asked(sql) != value:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.3)
        return True

    def _asked(self, sql: str) -> object:
        from sandbox.athena.tables import QueryError

        try:
            return self._athena.query(sql).rows[0][0]
        except QueryError:
            # Before the job's first commit there is no table.
            return QueryError


@pytest.fixture(scope="module")
def rows(
    project: Project, all_kinds: list[Kind], verdicts: dict[str, JobVerdict], cluster: Cluster
) -> Iterator[list[Row]]:
    assert project.state.aws is not None
    found: list[Row] = []
    with Athena(project.state.aws) as athena:
        shop = Shop(project, athena)
        savepoints: dict[str, str] = {}
        for kind in all_kinds:
            if kind.base not in savepoints:
                savepoints[kind.base] = _savepoint(cluster, shop, kind.base)
            observed, cause = _observed(cluster, shop, kind, savepoints[kind.base])
            found.append(Row(kind, verdicts[kind.job], observed, cause))
            print(_line(found[-1]), flush=True)
    yield found


def _savepoint(cluster: Cluster, shop: Shop, base: str) -> str:
    job = cluster.start(BASES[base], parallelism=1, flink={}, savepoint=None)
    assert cluster.goes_on(job), cluster.cause(job)
    shop.wait_for_all(base)
    return cluster.stop_with_savepoint(job)


def _observed(cluster: Cluster, shop: Shop, kind: Kind, savepoint: str) -> tuple[str, str]:
    try:
        job = cluster.start(kind.script, parallelism=kind.parallelism, flink=kind.flink, savepoint=savepoint)
    except urllib.error.HTTPError as refused:
        return REFUSED, refused.read().decode()[-300:]
    try:
        if not cluster.goes_on(job):
            return REFUSED, cluster.cause(job)
        return (KEPT if shop.has_its_state(kind.base) else LOST), ""
    finally:
        cluster.cancel(job)


def _line(row: Row) -> str:
    return f"{row.kind.base}: {row.kind.name:<28} {row.predicted.fate:<46} {row.observed:<26} {row.cause[:160]}"


def test_what_is_called_compatible_keeps_its_state(rows: list[Row]) -> None:
    compatible = [row for row in rows if row.predicted.fate in (Fate.COMPATIBLE, Fate.IN_PLACE)]
    assert len(compatible) >= 10
    assert [_line(row) for row in compatible if row.observed != KEPT] == []


def test_what_is_called_incompatible_is_refused_or_loses_its_state(rows: list[Row]) -> None:
    incompatible = [row for row in rows if row.predicted.fate is Fate.INCOMPATIBLE]
    assert len(incompatible) >= 6
    assert [_line(row) for row in incompatible if row.observed == KEPT] == []
    assert all(row.predicted.reasons and row.predicted.remedies for row in incompatible)


def test_what_is_unknown_starts_and_only_then_shows(rows: list[Row]) -> None:
    """Flink itself has nothing against these: the plan alone can't tell what becomes of their rows."""
    unknown = [row for row in rows if row.predicted.fate is Fate.UNKNOWN]
    assert 3 <= len(unknown) <= 8
    assert [_line(row) for row in unknown if row.observed == REFUSED] == []


def test_every_kind_that_people_make_is_among_them(rows: list[Row]) -> None:
    assert len(rows) >= 15
    assert {row.kind.name for row in rows} >= {
        *("projection", "filter", "added column", "inner join", "another join key", "function", "renamed source"),
        *("parallelism", "time to live", "longer time to live", "another aggregate", "group by another type"),
    }
