"""Durations and memory sizes as Flink writes them, checked when they are read.

Sources: Flink's `TimeUtils` and `MemorySize` (docs: deployment/config, "Basic Setup").
"""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, WithJsonSchema

_DURATION = re.compile(r"^(\d+) ?(ms|s|min|h|d)$")
_SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}
_MEMORY = re.compile(r"^(\d+) ?([mg])$")
_MEBIBYTES = {"m": 1, "g": 1024}
_ANY_SIZE = re.compile(r"([0-9]+)\s*([a-z]*)", re.ASCII | re.IGNORECASE)
_UNITS = (
    ("", "b", "bytes"),
    ("k", "kb", "kibibytes"),
    ("m", "mb", "mebibytes"),
    ("g", "gb", "gibibytes"),
    ("t", "tb", "tebibytes"),
)
_BYTES = {unit: 1024**power for power, units in enumerate(_UNITS) for unit in units}
LARGEST_SIZE = 2**63 - 1
"""The most bytes that Flink can count (Java's `Long.MAX_VALUE`)."""


def seconds(duration: str) -> float:
    """`"90 s"` → 90.0; raises ValueError for what Flink could not parse."""
    match = _DURATION.match(duration)
    if not match:
        raise ValueError(f"'{duration}' is not a duration: write a whole number and ms, s, min, h or d, like '30s'")
    return int(match[1]) * _SECONDS[match[2]]


def mebibytes(memory: str) -> int:
    """`"2g"` → 2048, as the memory of a container is written; raises ValueError for any other unit than m and g."""
    match = _MEMORY.match(memory)
    if not match:
        raise ValueError(f"'{memory}' is not a memory size: write a whole number and m or g (binary), like '1728m'")
    return int(match[1]) * _MEBIBYTES[match[2]]


def size_in_bytes(size: str) -> int:
    """`"64 mb"` → 67108864, as Flink reads an option's value; raises ValueError for what it could not parse."""
    match = _ANY_SIZE.fullmatch(size.strip())
    factor = _BYTES.get(match[2].lower()) if match else None
    if not match or not factor:
        raise ValueError(f"'{size}' is not a memory size: write a whole number and b, kb, mb, gb or tb, like '64mb'")
    if int(match[1]) * factor > LARGEST_SIZE:
        raise ValueError(f"'{size}' is more bytes than Flink can count (2^63 - 1)")
    return int(match[1]) * factor


def _positive_duration(value: str) -> str:
    if seconds(value) <= 0:
        raise ValueError("a duration must be longer than zero")
    return value


def _memory(value: str) -> str:
    mebibytes(value)
    return value


def _pattern(pattern: re.Pattern[str], example: str) -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "pattern": pattern.pattern, "examples": [example]}
    return WithJsonSchema(schema)


Duration = Annotated[str, AfterValidator(_positive_duration), _pattern(_DURATION, "30s")]
MemorySize = Annotated[str, AfterValidator(_memory), _pattern(_MEMORY, "1728m")]
