"""`lakehouse sql`: Flink's own SQL client, on a session cluster with a job's configuration and catalogs.

An application cluster like the job's own takes no further jobs (its REST API refuses them), as on Kubernetes. So a
session cluster of the same image and configuration runs beside it for as long as the client does.
"""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from sandbox.flink.home import flink_distribution
from sandbox.packages import java_home, sql_client_jars
from sandbox.ports import choose
from sandbox.processes import Process
from sandbox.state import JobState

_CLIENT = "org.apache.flink.table.client.SqlClient"
_SLOTS = 4
_WELCOME = """\
USE CATALOG lake;
SET 'sql-client.execution.result-mode' = 'tableau';
SET 'execution.runtime-mode' = 'batch';
"""
"""The lake's tables are read as they are now; `SET 'execution.runtime-mode' = 'streaming'` is for sources."""

_LOGGING = """\
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = {file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{HH:mm:ss,SSS}} %-5p %c{{1}} - %m%n
"""


def run_sql_client(job: JobState, folder: Path, arguments: Sequence[str]) -> int:
    """Run it in the terminal, with `arguments` of its own, and give its exit code; `folder` takes its files."""
    folder.mkdir(exist_ok=True)
    welcome, logging = folder / "welcome.sql", folder / "log4j.properties"
    welcome.write_text(_WELCOME)
    logging.write_text(_LOGGING.format(file=folder / "client.log"))
    rest_port, rpc_port = choose(2)
    ports = [f"rest.port={rest_port}", f"jobmanager.rpc.port={rpc_port}", f"taskmanager.numberOfTaskSlots={_SLOTS}"]
    options = [part for option in ports for part in ("-D", option)]
    cluster = [
        Process(name, [*command, *options], log=folder / f"{name.lower()}.log", env=job.environment)
        for name, command in zip(("JobManager", "TaskManager"), job.session, strict=True)
    ]
    try:
        for process in cluster:
            process.start()
        client = [*_command(job, logging), "embedded", *options, "-D", "execution.target=remote", "-i", str(welcome)]
        return subprocess.run([*client, *arguments], env=job.environment, check=False).returncode
    finally:
        for process in cluster:
            process.stop(grace_seconds=1)


def _command(job: JobState, logging: Path) -> list[str]:
    opened = [part for part in job.session[0] if part.startswith("--add-")]
    jars = [*(flink_distribution() / "opt").glob("*.jar"), *sql_client_jars()]
    classpath = ":".join([f"{job.home / 'lib'}/*", *(str(jar) for jar in jars)])
    java = java_home() / "bin" / "java"
    return [str(java), *opened, f"-Dlog4j.configurationFile={logging}", "-classpath", classpath, _CLIENT]
