"""Whether a process of Flink can start with the memory that it gets: Flink's own division of it, before any deployment.

The total is always given (`resources.*.memory` becomes `<process>.memory.process.size`), so one part has no size of its
own: it gets the rest, which must be within its bounds. Flink's docs: "Set up TaskManager Memory" and "Set up JobManager
Memory". Its classes: `ProcessMemoryUtils`, `TaskExecutorFlinkMemoryUtils`, `JobManagerFlinkMemoryUtils`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from ctypes import c_float
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from infra.units import LARGEST_SIZE, size_in_bytes

Process = Literal["jobmanager", "taskmanager"]

_MIB = 1024**2
_LARGEST_NODE = 1024**4
"""No process gets more: where this is too little, the options are wrong."""

_LEAST_HEAP = 128 * _MIB
"""A JobManager's (Flink's `JobManagerOptions.MIN_JVM_HEAP_SIZE`). Flink only warns below it; but one that planned a
join of two tables died of an OutOfMemoryError at 48m."""

_DEFAULTS = {
    "jvm-metaspace.size": "256m",
    "jvm-overhead.min": "192m",
    "jvm-overhead.max": "1g",
    "jvm-overhead.fraction": "0.1",
    "off-heap.size": "128m",
    "framework.heap.size": "128m",
    "framework.off-heap.size": "128m",
    "task.off-heap.size": "0",
    "managed.fraction": "0.4",
    "network.min": "64m",
    "network.max": str(LARGEST_SIZE),
    "network.fraction": "0.1",
}
"""Of Flink 1.20, behind `jobmanager.memory.` or `taskmanager.memory.`."""

_INSTEAD = {
    "jobmanager.memory.flink.size": "leave it out: it follows from resources.jobmanager.memory",
    "taskmanager.memory.flink.size": "leave it out: it follows from resources.taskmanager.memory",
    "jobmanager.heap.size": "this is an old name: set jobmanager.memory.heap.size",
    "jobmanager.heap.mb": "this is an old name: set jobmanager.memory.heap.size",
    "taskmanager.heap.size": "this is an old name: set taskmanager.memory.task.heap.size",
    "taskmanager.heap.mb": "this is an old name: set taskmanager.memory.task.heap.size",
    "taskmanager.memory.size": "this is an old name: set taskmanager.memory.managed.size",
    "taskmanager.network.memory.fraction": "this is an old name: set taskmanager.memory.network.fraction",
    "taskmanager.network.memory.max": "this is an old name: set taskmanager.memory.network.max",
    "taskmanager.network.memory.min": "this is an old name: set taskmanager.memory.network.min",
    "taskmanager.network.numberOfBuffers": "this is an old name: set taskmanager.memory.network.min and .max",
}
"""Flink's docs advise against a second total, and it has deprecated the old names."""


@dataclass(frozen=True)
class MemoryProblem:
    text: str
    """One line: what is wrong, by how much, and the remedy."""
    option: str | None
    """The option to change; None where it is the memory of the process."""


def problem_with_memory(process: Process, memory: str, options: Mapping[str, str]) -> MemoryProblem | None:
    """Why this process would not start with `memory` (its whole container) and a job's `options`; None if it would.

    Raises ValueError where `memory` is no size.
    """
    for option, remedy in _INSTEAD.items():
        if option in options and option.startswith(process):
            return MemoryProblem(remedy, option)
    total, reader = size_in_bytes(memory), _Options(process, options)
    try:
        division = _divide(total, reader)
    except _BadOption as bad:
        return MemoryProblem(str(bad), bad.option)
    return _explain(memory, division, reader) if division.verdict else None


class _BadOption(Exception):
    """A value that is wrong with any memory."""

    def __init__(self, option: str, problem: str) -> None:
        super().__init__(problem)
        self.option = option


@dataclass(frozen=True)
class _Share:
    """A part that is a fraction of some memory, within bounds in bytes."""

    least: int
    most: int
    fraction: float

    def of(self, whole: int) -> int:
        return self._of(whole, self.fraction)

    def beside(self, others: int) -> int:
        """The part, where it and `others` are the whole."""
        return self._of(others, self.fraction / (1 - self.fraction))

    def _of(self, base: int, fraction: float) -> int:
        # As Flink's MemorySize.multiply: the exact product of the decimals, cut off.
        return max(self.least, min(self.most, int(base * Fraction(repr(fraction)))))


class _Options:
    """The options of one process's memory, as the job or else Flink sets them, by what follows `<process>.memory.`."""

    def __init__(self, process: Process, values: Mapping[str, str]) -> None:
        self.process: Process = process
        self._prefix = f"{process}.memory."
        self._values = values

    def has(self, name: str) -> bool:
        return self._prefix + name in self._values

    def sizes(self, *parts: str) -> dict[str, int]:
        return {part: self._size(f"{part}.size") for part in parts}

    def fraction(self, part: str) -> float:
        text = self._text(f"{part}.fraction")
        try:
            # Flink reads a float of 32 bits.
            value = c_float(float(text)).value
        except ValueError:
            value = -1.0
        if not 0 <= value < 1:
            raise _BadOption(f"{self._prefix}{part}.fraction", f"'{text}' is not a fraction, from 0 to less than 1")
        return value

    def share(self, part: str) -> _Share:
        least, most = self._size(f"{part}.min"), self._size(f"{part}.max")
        if least > most:
            option = f"{self._prefix}{part}.{'min' if self.has(f'{part}.min') else 'max'}"
            raise _BadOption(option, f"{part}.min, {_shown(least)}, is more than {part}.max, {_shown(most)}")
        return _Share(least, most, self.fraction(part))

    def set_for(self, parts: Mapping[str, int]) -> list[str]:
        """The options that the job itself sets for any of these parts."""
        names = [f"{self._prefix}{part}.{what}" for part in parts for what in ("size", "fraction", "min", "max")]
        return [name for name in names if name in self._values]

    def _size(self, name: str) -> int:
        try:
            return size_in_bytes(self._text(name))
        except ValueError as error:
            raise _BadOption(self._prefix + name, str(error)) from None

    def _text(self, name: str) -> str:
        option = self._prefix + name
        return self._values[option] if option in self._values else _DEFAULTS[name]


@dataclass(frozen=True)
class _Division:
    """A process's memory, in bytes: the parts that are known, and the one that gets the rest, with its bounds."""

    total: int
    parts: Mapping[str, int]
    rest: str
    least: int = 0
    most: int = LARGEST_SIZE

    @property
    def left(self) -> int:
        return self.total - sum(self.parts.values())

    @property
    def verdict(self) -> int:
        """0 if it fits, -1 where the memory is too little, 1 where it is too much: it grows with the memory."""
        return (self.left > self.most) - (self.left < self.least)


def _divide(total: int, options: _Options) -> _Division:
    jvm = options.sizes("jvm-metaspace")
    overhead = options.share("jvm-overhead")
    if given := _given(options):
        return _Division(total, jvm | given, "jvm-overhead", overhead.least, overhead.most)
    jvm["jvm-overhead"] = overhead.of(total)
    if options.process == "jobmanager":
        return _Division(total, jvm | options.sizes("off-heap"), "heap", _LEAST_HEAP)
    parts = jvm | options.sizes("framework.heap", "framework.off-heap", "task.off-heap")
    flink = max(0, total - sum(jvm.values()))
    if options.has("managed.size"):
        parts |= options.sizes("managed")
    else:
        parts["managed"] = _Share(0, LARGEST_SIZE, options.fraction("managed")).of(flink)
    network = options.share("network")
    if options.has("task.heap.size"):
        return _Division(total, parts | options.sizes("task.heap"), "network", network.least, network.most)
    return _Division(total, parts | {"network": network.of(flink)}, "task.heap")


def _given(options: _Options) -> dict[str, int] | None:
    """Flink's own parts, where the job sets the options from which they follow alone: the JVM's overhead gets the
    rest."""
    if options.process == "jobmanager":
        if not options.has("heap.size"):
            return None
        parts = options.sizes("heap", "off-heap")
        if parts["heap"] < _LEAST_HEAP:
            problem = f"{_shown(parts['heap'])} is too little: Flink recommends {_shown(_LEAST_HEAP)} or more"
            raise _BadOption("jobmanager.memory.heap.size", problem)
        return parts
    if not (options.has("task.heap.size") and options.has("managed.size")):
        return None
    parts = options.sizes("framework.heap", "framework.off-heap", "task.heap", "task.off-heap", "managed")
    return parts | {"network": options.share("network").beside(sum(parts.values()))}


def _explain(memory: str, division: _Division, options: _Options) -> MemoryProblem:
    process = {"jobmanager": "JobManager", "taskmanager": "TaskManager"}[options.process]
    if division.verdict < 0:
        needed = {**division.parts, division.rest: division.least}
        aside = f"Flink sets aside {_shown(sum(needed.values()))} ({_listed(needed)})"
        fault, remedy = f"{memory} is too little for a {process}: {aside}", "give it at least"
    else:
        left = f"leaves {_shown(division.left)} for {division.rest}, which may be {_shown(division.most)} at most"
        fault = f"{memory} is too much for a {process}: beside {_listed(division.parts)} it {left}"
        remedy = "give it at most"
    changeable = options.set_for({**division.parts, division.rest: 0})
    change = f"change {' or '.join(changeable)}"
    fitting = _nearest_that_fits(division, options)
    if fitting is None:
        return MemoryProblem(f"{fault}; no other memory fits either: {change}", changeable[0])
    return MemoryProblem(f"{fault}; {remedy} {_shown(fitting)}{f', or {change}' if changeable else ''}", None)


def _nearest_that_fits(division: _Division, options: _Options) -> int | None:
    """The least memory that is enough, or the most that is not too much; in steps of 64m if one of them fits."""
    for step in (64 * _MIB, _MIB):
        sizes = range(step, _LARGEST_NODE, step)
        if division.verdict < 0:
            index = bisect_left(sizes, 0, key=lambda size: _divide(size, options).verdict)
        else:
            index = bisect_right(sizes, 0, key=lambda size: _divide(size, options).verdict) - 1
        if 0 <= index < len(sizes) and _divide(sizes[index], options).verdict == 0:
            return sizes[index]
    return None


def _listed(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{part} {_shown(size)}" for part, size in parts.items() if size)


def _shown(size: int) -> str:
    return f"{size / _MIB:.1f}".removesuffix(".0") + "m"
