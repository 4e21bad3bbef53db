"""`lakehouse sql`: Flink's own SQL client, on a session cluster with a job's configuration, every catalog of the stack,
and the job's sources as its script calls them.

An application cluster like the job's own takes no further jobs (its REST API refuses them), as on Kubernetes. So a
session cluster of the same image and configuration runs beside it for as long as the client does.
"""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.catalog_store import catalog_file, lake_options
from infra.further_catalogs import catalog_options
from infra.jobs import load_jobs
from sandbox.addresses import Login
from sandbox.flink import sql_sources
from sandbox.flink.home import flink_distribution
from sandbox.flink.log_file import logging_to
from sandbox.packages import java_home, sql_client_jars
from sandbox.ports import choose
from sandbox.processes import Process
from sandbox.program import Here, read_settings
from sandbox.sample.sources import connect_postgres
from sandbox.state import JobState, State

_CLIENT = "org.apache.flink.table.client.SqlClient"
_SLOTS = 4
_WAREHOUSE = "lake-warehouse"
"""The bucket's name here: that of the resource."""
_WELCOME = """\
USE CATALOG lake;
SET 'sql-client.execution.result-mode' = 'tableau';
SET 'execution.runtime-mode' = 'batch';
"""
"""The lake's tables are read as they are now; `SET 'execution.runtime-mode' = 'streaming'` is for sources."""

_LOGGING = """\
# Would write down each statement that the client starts with, passwords and all.
logger.client.name = org.apache.flink.table.client
logger.client.level = WARN
"""


@dataclass(frozen=True)
class _Given:
    """What the client starts with, beside the job's configuration."""

    script: str
    """Its first statements; with passwords in them."""
    catalogs: Mapping[str, str]
    """The files of Flink's catalog store."""
    environment: Mapping[str, str]
    """What the catalogs want to be told."""
    slots: Sequence[str]
    """Replication slots that queries make, and nobody reads once the client has gone."""


def run_sql_client(project: Path, state: State, job: str, folder: Path, arguments: Sequence[str]) -> int:
    """Run it in the terminal, with `arguments` of its own, and give its exit code; `folder` takes its files. Raises
    `ConfigurationError` where the project no longer fits what runs."""
    folder.mkdir(exist_ok=True)
    given, running = _given(project, state, job), state.jobs[job]
    catalogs, logging = folder / "catalogs", folder / "log4j.properties"
    catalogs.mkdir(exist_ok=True)
    for name, content in given.catalogs.items():
        (catalogs / name).write_text(content)
    logging.write_text(logging_to(folder / "client.log") + _LOGGING)
    welcome = folder / "welcome.sql"
    rest_port, rpc_port = choose(2)
    settings = [
        f"rest.port={rest_port}",
        f"jobmanager.rpc.port={rpc_port}",
        f"taskmanager.numberOfTaskSlots={_SLOTS}",
        f"table.catalog-store.file.path={catalogs}",
    ]
    options = [part for option in settings for part in ("-D", option)]
    environment = running.environment | dict(given.environment)
    cluster = [
        Process(name, [*command, *options], log=folder / f"{name.lower()}.log", env=environment)
        for name, command in zip(("JobManager", "TaskManager"), running.session, strict=True)
    ]
    try:
        _write_private(welcome, given.script)
        for process in cluster:
            process.start()
        client = [*_command(running, logging), "embedded", *options, "-D", "execution.target=remote"]
        return subprocess.run([*client, "-i", str(welcome), *arguments], env=environment, check=False).returncode
    finally:
        welcome.unlink(missing_ok=True)
        for process in cluster:
            process.stop(grace_seconds=1)
        if given.slots and "postgres" in state.databases:
            drop_slots(state.databases["postgres"], given.slots)


def _given(project: Path, state: State, name: str) -> _Given:
    assert state.aws is not None, "a sandbox that runs has it"
    kafka = state.kafka
    here = Here(
        aws_endpoint=state.aws.endpoint,
        bootstrap_servers=kafka.bootstrap_servers if kafka else None,
        registry=kafka.registry if kafka else None,
        jobs=tuple(state.jobs),
    )
    settings = read_settings(project, state.stack, here)
    job = sql_sources.job_named(load_jobs(project / "jobs", settings), name)
    values = sql_sources.variables(job, settings, stack=state.stack, aws=state.aws)
    region, endpoint = settings.aws.region, settings.aws.from_pods
    database = job.tables[0].database if job.tables else next(iter(settings.databases.values())).name
    catalogs = {
        name: catalog_options(name, catalog, region=region, endpoint=endpoint)
        for name, catalog in settings.catalogs.items()
    }
    catalogs["lake"] = lake_options(database, warehouse=_WAREHOUSE, region=region, endpoint=endpoint)
    return _Given(
        script=_WELCOME + "".join(f"{text};\n" for text in sql_sources.declarations(job, values)),
        catalogs={f"{name}.yaml": catalog_file(options) for name, options in catalogs.items()},
        environment=sql_sources.catalog_variables(settings, state.aws),
        slots=sql_sources.slots(values, list(settings.sources)),
    )


def _write_private(file: Path, text: str) -> None:
    """Readable to its owner alone, from the first moment on."""
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(text)


def drop_slots(login: Login, slots: Sequence[str]) -> None:
    """Those that are there: nobody reads them again, and they would keep the server's log until its disk is full."""
    with connect_postgres(login, "postgres") as connection:
        # The server notices within moments that the reader of a slot is gone.
        for _ in range(50):
            dropped = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots"
            connection.execute(f"{dropped} WHERE slot_name = ANY(%s) AND NOT active", [list(slots)])
            left = connection.execute("SELECT FROM pg_replication_slots WHERE slot_name = ANY(%s)", [list(slots)])
            if not left.rowcount:
                return
            time.sleep(0.2)


def _command(job: JobState, logging: Path) -> list[str]:
    opened = [part for part in job.session[0] if part.startswith("--add-")]
    jars = [*(flink_distribution() / "opt").glob("*.jar"), *sql_client_jars()]
    classpath = ":".join([f"{job.home / 'lib'}/*", *(str(jar) for jar in jars)])
    java = java_home() / "bin" / "java"
    return [str(java), *opened, f"-Dlog4j.configurationFile={logging}", "-classpath", classpath, _CLIENT]
