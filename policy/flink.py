"""What rules read of a job on Flink's Kubernetes operator, and of the script that it runs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

from policy.resources import UNKNOWN, Resource, Stack, Unknown, each

ENVIRONMENT = "flink-lakehouse/environment"
"""The label that says whether a job, and so its stack, may be lost: 'disposable' or 'production'."""
FRESHNESS = "flink-lakehouse/freshness"
"""The annotation with the shortest freshness objective of a job's tables."""

_JOB = re.compile(r"kubernetes:flink\.apache\.org/\w+:Flink(Deployment|SessionJob)")
_WRITES = re.compile(r"lake\.([^.=]+)\.([^.=]+)=(.*)")
_BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_SET = re.compile(r"^[ \t]*SET\s+'([^']+)'\s*=\s*'([^']*)'", re.IGNORECASE | re.MULTILINE)

_CREATE = re.compile(
    r"^[ \t]*CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\S+)", re.IGNORECASE | re.MULTILINE
)
_LINE_COMMENT = re.compile(r"^[ \t]*--.*$", re.MULTILINE)
_OPTION = re.compile(r"'((?:[^']|'')+)'\s*=\s*'((?:[^']|'')*)'")

_SECONDS = {
    1e-9: "ns nano nanos nanosecond nanoseconds",
    1e-6: "µs micro micros microsecond microseconds",
    1e-3: "ms milli millis millisecond milliseconds",
    1: "s sec secs second seconds",
    60: "m min minute minutes",
    3600: "h hour hours",
    86400: "d day days",
}
_UNITS = {"": 1e-3} | {unit: size for size, units in _SECONDS.items() for unit in units.split()}


@dataclass(frozen=True)
class WrittenTable:
    """A lake table that a job promises to write (`--writes lake.<database>.<table>=<key>`)."""

    database: str
    """Its name in Glue."""
    table: str
    key: str

    @property
    def full_name(self) -> str:
        return f"{self.database}.{self.table}"


@dataclass(frozen=True)
class ScriptTable:
    """A table that a script makes."""

    name: str
    options: Mapping[str, str]
    """Those of its WITH."""


def is_job(resource: Resource) -> bool:
    return _JOB.fullmatch(resource.type) is not None


def jobs(stack: Stack) -> list[Resource]:
    return [resource for resource in stack.resources if is_job(resource)]


def is_production(job: Resource) -> bool | Unknown:
    """Whatever is not said to be disposable is production."""
    label = job.at("metadata", "labels", ENVIRONMENT)
    return UNKNOWN if label is UNKNOWN else label != "disposable"


def stack_is_production(stack: Stack) -> bool:
    """Whether it surely is: a stack without jobs is, too."""
    said = [is_production(job) for job in jobs(stack)]
    return not said or True in said


def option(job: Resource, *names: str) -> Any:
    """A Flink option as text, under the first of its names that is set; None where none is."""
    configuration = job.at("spec", "flinkConfiguration")
    if configuration is UNKNOWN:
        return UNKNOWN
    options = dict(_flat(cast(Mapping[str, Any], configuration or {})))
    for name in names:
        if name in options:
            return options[name]
        if any(value is UNKNOWN and name.startswith(f"{part}.") for part, value in options.items()):
            return UNKNOWN
    return None


def _flat(configuration: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The operator takes options nested too, as YAML (its docs: "Custom Resource", `flinkConfiguration`)."""
    for key, value in configuration.items():
        if isinstance(value, dict):
            yield from _flat(cast(dict[str, Any], value), f"{prefix}{key}.")
        else:
            yield prefix + key, value if value is UNKNOWN else _text(value)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def tables(job: Resource) -> list[WrittenTable]:
    """The lake tables that a job writes, as far as its arguments are known."""
    given = each(job.at("spec", "job", "args"))
    values = [value for flag, value in pairwise(given) if flag == "--writes" and isinstance(value, str)]
    return [WrittenTable(*match.groups()) for value in values if (match := _WRITES.fullmatch(value))]


def script_settings(resource: Resource) -> dict[str, str]:
    """What `SET 'option' = 'value'` sets in the SQL scripts of a ConfigMap; of any other resource nothing."""
    return {match[1]: match[2] for text in _scripts(resource) for match in _SET.finditer(text)}


def script_tables(resource: Resource) -> list[ScriptTable]:
    """What the SQL scripts of a ConfigMap make; of any other resource nothing."""
    found: list[ScriptTable] = []
    for text in _scripts(resource):
        made = [*_CREATE.finditer(text)]
        ends = [*(each.start() for each in made[1:]), len(text)]
        for each_made, end in zip(made, ends, strict=True):
            options = {match[1]: match[2] for match in _OPTION.finditer(text, each_made.end(), end)}
            found.append(ScriptTable(each_made[1].strip("`"), options))
    return found


def _scripts(resource: Resource) -> list[str]:
    data = resource.at("data") if resource.type == "kubernetes:core/v1:ConfigMap" else None
    if not isinstance(data, dict):
        return []
    scripts = [text for name, text in cast(dict[str, Any], data).items() if name.endswith(".sql")]
    return [_LINE_COMMENT.sub("", _BLOCK_COMMENT.sub("", text)) for text in scripts if isinstance(text, str)]


def seconds(duration: Any) -> float | None:
    """A duration as Flink's `TimeUtils` reads it; None for what it would refuse."""
    match = re.fullmatch(r"\s*(\d+)\s*([a-zµ]*)\s*", str(duration), re.IGNORECASE)
    unit = _UNITS.get(match[2].lower()) if match else None
    return int(match[1]) * unit if match and unit else None


def state_directories(job: Resource) -> list[Any]:
    """Where a job keeps what it restarts from; `UNKNOWN` where that can't be told."""
    found = [option(job, *names) for names in _STATE]
    return [value for value in found if value is not None]


_STATE = (
    ("execution.checkpointing.dir", "state.checkpoints.dir"),
    ("execution.checkpointing.savepoint-dir", "state.savepoints.dir"),
    ("high-availability.storageDir",),
)
"""Options by their name in Flink 1.20 and before (Flink docs: "Configuration", deprecated keys)."""
