"""What a job may say under `flink:`: options that the pinned Flink knows, with values that it can read, and not the
platform's.

`flink_options.tsv` lists every option of that Flink with the type of its value; `make options` writes it from
Flink's own jars.
"""

import re
from functools import cache
from pathlib import Path

from infra.validation import nearest
from infra.versions import FLINK

_OWNED = {
    "execution.checkpointing.interval": "set flink.checkpoint_interval in the stack file",
    "execution.checkpointing.unaligned": "unaligned checkpoints lose rows with an Iceberg sink (apache/iceberg#15846)",
    "execution.checkpointing.mode": "the lake needs EXACTLY_ONCE",
    "execution.checkpointing.dir": "state paths are derived from the job's name",
    "execution.checkpointing.savepoint-dir": "state paths are derived from the job's name",
    "state.checkpoints.dir": "state paths are derived from the job's name",
    "state.savepoints.dir": "state paths are derived from the job's name",
    "high-availability": "set flink.high_availability in the stack file",
    "jobmanager.memory.process.size": "set resources.jobmanager.memory",
    "taskmanager.memory.process.size": "set resources.taskmanager.memory",
    "taskmanager.numberOfTaskSlots": "set resources.taskmanager.slots",
    "parallelism.default": "set parallelism",
    "pipeline.name": "a job is called as its folder",
    "metrics.reporter.prom": "alarms and dashboards are made of what it says",
    "metrics.job.status.enable": "alarms are made of it",
    "table.exec.simplify-operator-name-enabled": "alarms know a source by its short name",
    "kubernetes": "pods, accounts and the operator are the platform's",
    "python.executable": "a Python job runs in the environment of its requirements.lock",
    "python.client.executable": "a Python job runs in the environment of its requirements.lock",
    "python.pythonpath": "the files of a Python job lie in its folder",
    "python.systemenv.enabled": "a worker's environment is logged, with the sources' passwords",
    "python.execution-mode": "the image has no pemja, which threads need; workers are processes",
    "python.requirements": "what a Python job imports stands in its requirements.lock",
    "python.archives": "what a Python job imports stands in its requirements.lock",
    "table.catalog-store": "catalogs are the platform's; a script says lake.<database>.<table>",
    "s3": "how S3 is reached is the platform's",
    "fs": "how S3 is reached is the platform's",
    "rest": "where Flink listens is the platform's",
    "web": "what its web interface allows is the platform's",
    "security": "encryption and logins are the platform's",
}

_OPEN = ("metrics.reporter.", "containerized.", "env.", "pipeline.global-job-parameters")
"""Families of options whose names are made up by their users."""

_VALUES = {
    "Boolean": (r"true|false", "true or false"),
    "Integer": (r"[-+]?\d+", "a whole number"),
    "Long": (r"[-+]?\d+", "a whole number"),
    "Float": (r"[-+]?\d+(\.\d+)?", "a number"),
    "Double": (r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", "a number"),
    "Duration": (
        r"\d+\s*(d|days?|h|hours?|m|min|minutes?|s|sec|secs|seconds?|ms|milli|millis|milliseconds?|µs|micros?|ns|nanos?)?",
        "a duration like '30 s'",
    ),
    "MemorySize": (
        r"\d+\s*(b|bytes|k|kb|kibibytes|m|mb|mebibytes|g|gb|gibibytes|t|tb|tebibytes)?",
        "a memory size like '64 mb'",
    ),
}
"""How Flink reads values of a type (its `ConfigurationUtils`, `TimeUtils` and `MemorySize`)."""


def owner_of(option: str) -> str | None:
    """Why a job may not set this option and what to set instead; None where it may."""
    for owned, remedy in _OWNED.items():
        if option == owned or option.startswith(f"{owned}."):
            return remedy
    return None


def problem_with(option: str, value: str) -> str | None:
    """Why the pinned Flink would not take this option, or not this value; None where it does."""
    if option.startswith(_OPEN):
        return None
    kind = known().get(option)
    if kind is None:
        return f"Flink {FLINK} has no such option{nearest(option, list(known()), many='docs: Flink, Configuration')}"
    pattern, wanted = _VALUES.get(kind, (r".*", ""))
    return None if re.fullmatch(pattern, value.strip(), re.IGNORECASE) else f"'{value}' is not {wanted}"


@cache
def known() -> dict[str, str]:
    """Option → the type of its value."""
    lines = Path(__file__).with_suffix(".tsv").read_text().splitlines()
    return dict(line.split("\t") for line in lines)  # pyright: ignore[reportArgumentType, reportUnknownVariableType]
