import subprocess
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.flink_memory import MemoryProblem, Process, problem_with_memory
from infra.units import size_in_bytes
from sandbox.flink.home import CHECKOUT, flink_distribution
from sandbox.packages import java_home

_PROGRAM = CHECKOUT / "images" / "flink" / "memory" / "DivideMemory.java"
_COMMANDS = {"jobmanager": "GET_JM_RESOURCE_PARAMS", "taskmanager": "GET_TM_RESOURCE_PARAMS"}
_MOST = 1024**4


@dataclass(frozen=True)
class Case:
    process: Process
    memory: str
    options: Mapping[str, str]
    """By what follows `<process>.memory.` in their names."""

    @property
    def problem(self) -> MemoryProblem | None:
        options = {f"{self.process}.memory.{name}": value for name, value in self.options.items()}
        return problem_with_memory(self.process, self.memory, options)

    def with_bytes(self, size: int) -> "Case":
        return Case(self.process, f"{size}b", self.options)

    def edges(self) -> list["Case"]:
        """The least and the most memory that fit, and those a byte beyond; its own memory is in between."""
        middle = size_in_bytes(self.memory)
        below, above = range(middle + 1), range(middle, _MOST)
        least = below[bisect_left(below, True, key=lambda size: self.with_bytes(size).problem is None)]
        most = above[bisect_right(above, False, key=lambda size: self.with_bytes(size).problem is not None) - 1]
        beyond = [most + 1] if most < _MOST - 1 else []
        return [self.with_bytes(size) for size in (least - 1, least, middle, most, *beyond)]

    def line(self) -> str:
        """As DivideMemory reads it."""
        options = {"process.size": self.memory, **self.options}
        return "\t".join(
            [_COMMANDS[self.process], *(f"{self.process}.memory.{name}={value}" for name, value in options.items())]
        )


FITTING = [
    Case("jobmanager", "1g", {}),
    Case("jobmanager", "16g", {}),
    Case("jobmanager", "1g", {"off-heap.size": "300 mb"}),
    Case("jobmanager", "1g", {"jvm-metaspace.size": "100000kb", "jvm-overhead.max": "192m"}),
    Case("jobmanager", "4g", {"jvm-overhead.fraction": "0.7", "jvm-overhead.max": "3g"}),
    Case("jobmanager", "1g", {"heap.size": "400m"}),
    Case("jobmanager", "2g", {"heap.size": "1 gibibytes", "off-heap.size": "0", "jvm-overhead.min": "1 KB"}),
    Case("taskmanager", "1728m", {}),
    Case("taskmanager", "64g", {}),
    Case("taskmanager", "1728m", {"managed.fraction": "0"}),
    Case("taskmanager", "4g", {"managed.fraction": "0.7777777"}),
    Case("taskmanager", "8g", {"managed.size": "3gb", "managed.fraction": "2"}),
    Case("taskmanager", "4g", {"network.min": "512 mebibytes", "network.max": "600m"}),
    Case("taskmanager", "4g", {"network.fraction": "0.3", "network.min": "0"}),
    Case("taskmanager", "1g", {"framework.heap.size": "10m", "framework.off-heap.size": "10m"}),
    Case("taskmanager", "2g", {"task.off-heap.size": "123456789"}),
    Case("taskmanager", "2g", {"jvm-metaspace.size": "96m", "jvm-overhead.min": "0b", "jvm-overhead.fraction": "0.01"}),
    Case("taskmanager", "4g", {"task.heap.size": "1g"}),
    Case("taskmanager", "2g", {"task.heap.size": "512m", "network.max": "190m"}),
    Case("taskmanager", "2g", {"task.heap.size": "512m", "managed.size": "512m"}),
    Case("taskmanager", "3g", {"task.heap.size": "1g", "managed.size": "0", "network.fraction": "0.45"}),
]
"""Each with its edges: where the memory just fits, and where it just doesn't."""

NEVER_FITTING = [
    Case("jobmanager", "4g", {"heap.size": "127m"}),
    Case("jobmanager", "4g", {"jvm-overhead.min": "2g"}),
    Case("jobmanager", "4g", {"jvm-overhead.fraction": "1"}),
    Case("jobmanager", "4g", {"off-heap.size": "1 gib"}),
    Case("taskmanager", "64g", {"managed.fraction": "0.9"}),
    Case("taskmanager", "64g", {"managed.fraction": "0.6", "network.fraction": "0.4"}),
    Case("taskmanager", "64g", {"managed.fraction": "-0.1"}),
    Case("taskmanager", "64g", {"managed.fraction": "0.99999999"}),
    Case("taskmanager", "64g", {"network.max": "32m"}),
    Case("taskmanager", "64g", {"task.heap.size": "9999999t"}),
    Case("taskmanager", "64g", {"framework.heap.size": "1.5g"}),
]


def ask_flink(cases: list[Case], folder: Path) -> list[str]:
    (folder / "config.yaml").touch()
    flink = flink_distribution()
    jars = [flink / "bin" / "bash-java-utils.jar", *(flink / "lib").glob("flink-dist-*.jar")]
    command = [java_home() / "bin" / "java", "-cp", ":".join(map(str, jars)), _PROGRAM, folder]
    lines = "".join(f"{case.line()}\n" for case in cases)
    return subprocess.run(command, input=lines, capture_output=True, text=True, check=True).stdout.splitlines()


def test_flink_itself_gives_the_same_verdicts(tmp_path: Path) -> None:
    """Also where Flink only warns, of a JobManager's heap: we refuse that."""
    cases = [*(edge for case in FITTING for edge in case.edges()), *NEVER_FITTING]
    said = ask_flink(cases, tmp_path)
    assert len(said) == len(cases)
    differing = [
        f"{case}: Flink says '{flink}', we say '{case.problem}'"
        for case, flink in zip(cases, said, strict=True)
        if (flink == "fits") != (case.problem is None)
    ]
    assert not differing, "\n".join(differing)
    assert 50 < said.count("fits") < len(said) - 30


@pytest.mark.parametrize(
    ("process", "memory", "options", "text", "option"),
    [
        (
            "taskmanager",
            "512m",
            {},
            "512m is too little for a TaskManager: Flink sets aside 793.6m (jvm-metaspace 256m, jvm-overhead 192m, "
            "framework.heap 128m, framework.off-heap 128m, managed 25.6m, network 64m); give it at least 1024m",
            None,
        ),
        (
            "jobmanager",
            "600m",
            {},
            "600m is too little for a JobManager: Flink sets aside 704m (jvm-metaspace 256m, jvm-overhead 192m, "
            "off-heap 128m, heap 128m); give it at least 704m",
            None,
        ),
        (
            "taskmanager",
            "1728m",
            {"managed.size": "2gb"},
            "1728m is too little for a TaskManager: Flink sets aside 2880m (jvm-metaspace 256m, jvm-overhead 192m, "
            "framework.heap 128m, framework.off-heap 128m, managed 2048m, network 128m); give it at least 3136m, or "
            "change taskmanager.memory.managed.size",
            None,
        ),
        (
            "jobmanager",
            "4g",
            {"heap.size": "512m"},
            "4g is too much for a JobManager: beside jvm-metaspace 256m, heap 512m, off-heap 128m it leaves 3200m for "
            "jvm-overhead, which may be 1024m at most; give it at most 1920m, or change jobmanager.memory.heap.size",
            None,
        ),
        (
            "taskmanager",
            "1728m",
            {"managed.fraction": "0.6", "network.fraction": "0.5"},
            "1728m is too little for a TaskManager: Flink sets aside 2112m (jvm-metaspace 256m, jvm-overhead 192m, "
            "framework.heap 128m, framework.off-heap 128m, managed 768m, network 640m); no other memory fits either: "
            "change taskmanager.memory.managed.fraction or taskmanager.memory.network.fraction",
            "taskmanager.memory.managed.fraction",
        ),
        (
            "taskmanager",
            "4g",
            {"jvm-overhead.min": "2g"},
            "jvm-overhead.min, 2048m, is more than jvm-overhead.max, 1024m",
            "taskmanager.memory.jvm-overhead.min",
        ),
        (
            "taskmanager",
            "4g",
            {"network.max": "32m"},
            "network.min, 64m, is more than network.max, 32m",
            "taskmanager.memory.network.max",
        ),
        (
            "taskmanager",
            "4g",
            {"managed.fraction": "1"},
            "'1' is not a fraction, from 0 to less than 1",
            "taskmanager.memory.managed.fraction",
        ),
        (
            "jobmanager",
            "4g",
            {"heap.size": "64m"},
            "64m is too little: Flink recommends 128m or more",
            "jobmanager.memory.heap.size",
        ),
        (
            "taskmanager",
            "4g",
            {"flink.size": "2g"},
            "leave it out: it follows from resources.taskmanager.memory",
            "taskmanager.memory.flink.size",
        ),
    ],
)
def test_a_problem_says_what_is_wrong_by_how_much_and_the_remedy(
    process: Process, memory: str, options: dict[str, str], text: str, option: str | None
) -> None:
    assert Case(process, memory, options).problem == MemoryProblem(text, option)


@pytest.mark.parametrize(("process", "other"), [("jobmanager", "taskmanager"), ("taskmanager", "jobmanager")])
def test_a_process_is_judged_by_its_own_options(process: Process, other: Process) -> None:
    options = {f"{other}.memory.jvm-metaspace.size": "64g", f"{other}.heap.size": "1g"}
    assert problem_with_memory(process, "2g", options) is None
    assert problem_with_memory(other, "2g", options)


def test_an_old_name_is_answered_with_the_new_one() -> None:
    problem = problem_with_memory("taskmanager", "2g", {"taskmanager.network.memory.min": "1g"})
    assert problem == MemoryProblem(
        "this is an old name: set taskmanager.memory.network.min", "taskmanager.network.memory.min"
    )


def test_the_memory_that_is_advised_fits() -> None:
    narrow = {"task.heap.size": "512m", "managed.size": "500m", "jvm-overhead.min": "200m", "jvm-overhead.max": "210m"}
    for memory, advised in (("1g", "1865m"), ("8g", "1874m")):
        problem = Case("taskmanager", memory, narrow).problem
        assert problem
        assert f"{advised}, or" in problem.text
        assert Case("taskmanager", advised, narrow).problem is None
