"""What starts a job in its container, by what the job is written in: the jar, its main class, the arguments."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.job_kinds import PROPERTIES
from infra.jobs import Job
from infra.versions import FLINK

JOB_FOLDER = "/opt/flink/job"
"""Where the job's own files are."""
PYTHON = "/opt/flink/python/bin/python"
"""The interpreter of a Python job, with all that it imports."""
RUNNER_CLASS = "lakehouse.sqlrunner.SqlRunner"
RUNNER_JAR = "local:///opt/flink/usrlib/sql-runner.jar"


def entry(job: Job) -> dict[str, Any]:
    """`jarURI`, `entryClass` and `args` of a FlinkDeployment's `spec.job`."""
    match job.files.kind:
        case "sql":
            return {
                "jarURI": RUNNER_JAR,
                "entryClass": RUNNER_CLASS,
                "args": [f"{JOB_FOLDER}/{job.files.script_file}", *_promises(job)],
            }
        case "java":
            return {
                "jarURI": f"local:///opt/flink/usrlib/{job.name}.jar",
                "entryClass": job.manifest.entry_class,
                "args": ["--config-filepath", f"{JOB_FOLDER}/{PROPERTIES}", *_promises(job)],
            }
        case "python":
            return {
                # Flink docs: "Python: Deployment", application mode on Kubernetes.
                "jarURI": f"local:///opt/flink/opt/flink-python-{FLINK}.jar",
                "entryClass": "org.apache.flink.client.python.PythonDriver",
                "args": ["-pyclientexec", PYTHON, "-py", f"{JOB_FOLDER}/job.py"],
            }


def session_entry(job: Job, variables: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    """`entryClass` and `args` of a FlinkSessionJob's `spec.job`: the script itself and its variables, since the job
    has no pods that they could be mounted in. `variables`: those that are no secret."""
    given = [
        f"{name}={value}" if isinstance(value, str) else pulumi.Output.format("{0}={1}", name, value)
        for name, value in sorted(variables.items())
    ]
    return {
        "entryClass": RUNNER_CLASS,
        "args": [
            "--script-text",
            job.script,
            *[part for variable in given for part in ("--variable", variable)],
            *_promises(job),
        ],
    }


def _promises(job: Job) -> list[str]:
    """The tables and upsert keys of job.yaml, which the runner holds the script's tables against."""
    return [
        part
        for table in job.tables
        for part in ("--writes", f"lake.{table.database}.{table.name}={','.join(table.write.key)}")
    ]
