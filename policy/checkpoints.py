"""Checkpoints, at which a job commits to the lake."""

from collections.abc import Iterator

from policy import flink
from policy.resources import UNKNOWN, Resource
from policy.rules import Finding, ResourceRule

_UNALIGNED = ("execution.checkpointing.unaligned.enabled", "execution.checkpointing.unaligned")
_INTERVAL = "execution.checkpointing.interval"
_PAUSE = "execution.checkpointing.min-pause"

_LOSES_ROWS = (
    "Iceberg's sink commits at a checkpoint what its writers flushed before it. An unaligned barrier overtakes records "
    "in flight, and what is written behind it is lost when the job recovers (apache/iceberg#15846)"
)
_WHEN_VISIBLE = (
    "the sink commits at checkpoints and nowhere between, so that is how long analysts wait at least (Iceberg docs: "
    '"Flink Writes")'
)


def _unaligned(resource: Resource) -> Iterator[Finding]:
    settings = flink.script_settings(resource)
    for name in _UNALIGNED:
        if settings.get(name, "").lower() == "true":
            yield Finding(
                f"A script in this ConfigMap turns unaligned checkpoints on (SET '{name}')",
                _LOSES_ROWS,
                "remove the SET",
            )
    if not flink.is_job(resource) or not flink.tables(resource):
        return
    value = flink.option(resource, *_UNALIGNED)
    if value is not UNKNOWN and str(value).lower() == "true":
        table = flink.tables(resource)[0].full_name
        yield Finding(
            f"The job writes the Iceberg table {table} and takes unaligned checkpoints ({_UNALIGNED[0]}: true)",
            _LOSES_ROWS,
            "set it to false; against backpressure give the job parallelism, or buffer debloating "
            "(taskmanager.network.memory.buffer-debloat.enabled)",
        )


def _interval(resource: Resource) -> Iterator[Finding]:
    if _INTERVAL in flink.script_settings(resource):
        yield Finding(
            f"A script in this ConfigMap sets '{_INTERVAL}'",
            "it overrides the job's configuration, where the interval is held against the freshness objective of the "
            "job's tables",
            "remove the SET, and set flink.checkpoint_interval in the stack file",
        )
    objective = resource.at("metadata", "annotations", flink.FRESHNESS) if flink.is_job(resource) else None
    if objective is None or objective is UNKNOWN:
        return
    promised = flink.seconds(objective)
    if promised is None:
        yield _no_duration(flink.FRESHNESS, objective)
        return
    if flink.option(resource, _INTERVAL) is None:
        yield Finding(f"The job takes no checkpoints ({_INTERVAL} is not set)", _WHEN_VISIBLE, _SHORTEN)
    for option in (_INTERVAL, _PAUSE):
        value = flink.option(resource, option)
        if value is None or value is UNKNOWN:
            continue
        waits = flink.seconds(value)
        if waits is None:
            yield _no_duration(option, value)
        elif waits > promised:
            yield Finding(
                f"The job's tables are to be at most {objective} old, and {option} is {value}", _WHEN_VISIBLE, _SHORTEN
            )


_SHORTEN = (
    "set flink.checkpoint_interval in the stack file to less than the objective, or promise less in the job's job.yaml "
    "(writes[].freshness)"
)


def _no_duration(what: str, text: object) -> Finding:
    return Finding(
        f"{what} is '{text}', which is no duration",
        "Flink reads a whole number and a unit, like '30 s' (Flink docs: \"Configuration\", Duration)",
        "write it so",
    )


RULES = (
    ResourceRule(
        "unaligned-checkpoints", "A job that writes Iceberg tables takes aligned checkpoints only.", _unaligned
    ),
    ResourceRule(
        "checkpoint-interval", "A job checkpoints at least as often as its freshness objective asks.", _interval
    ),
)
