"""Another number of TaskManagers for a job, and the parallelism to match, while it runs.

Flink's adaptive scheduler takes another parallelism over the REST API, and goes on from the last checkpoint with it
(Flink docs: "Elastic Scaling", "Externalized Declarative Resource Management").
"""

import re
from collections.abc import Iterator
from typing import Any

import psutil

from infra.units import mebibytes
from sandbox.flink.cluster import FlinkCluster
from sandbox.flink.rest import FlinkRest, Refused
from sandbox.flink.savepoints import until
from sandbox.processes import Process

_MIB = 1024 * 1024
_THREAD_OF_LEGACY_SOURCE = re.compile(r"Legacy Source Thread - (?P<vertex>.+) \(\d+/\d+\)#\d+")


def scale(cluster: FlinkCluster, task_managers: int) -> Iterator[None]:
    """Do it step by step, to be asked for the next one now and then; raises `Refused` when it can't be done.

    The thread that asks must be the main one, since it starts processes.
    """
    more = task_managers - len(cluster.taskmanagers)
    yield from until(cluster.rest.all_tasks_running, "the job does not run, so that it can't be scaled")
    wanted = _wanted(cluster.rest, task_managers * cluster.containers.slots)
    _check_memory(cluster, more)
    before = cluster.rest.upper_bounds()
    for _ in range(more):
        cluster.add_task_manager()
    try:
        yield from until(
            lambda: len(_registered(cluster.rest)) >= task_managers, "the new TaskManagers have not found the job"
        )
        cluster.rest.set_upper_bounds(before | wanted)
    except Refused:
        for surplus in cluster.taskmanagers[-more:] if more > 0 else ():
            cluster.remove_task_manager(surplus)
        raise
    yield from until(lambda: _runs_with(cluster.rest, wanted), f"the job does not run at {max(wanted.values())}")
    if more < 0:
        for surplus in _idle_first(cluster)[:-more]:
            cluster.remove_task_manager(surplus)
        yield from until(lambda: _runs_with(cluster.rest, wanted), f"the job does not run at {max(wanted.values())}")


def _check_memory(cluster: FlinkCluster, more: int) -> None:
    each = mebibytes(cluster.containers.task_manager_memory)
    free = psutil.virtual_memory().available // _MIB
    if more * each > free:
        raise Refused(f"{more} further TaskManagers of {each} MiB each need more memory than is free ({free:,} MiB)")


def _wanted(rest: FlinkRest, parallelism: int) -> dict[str, int]:
    """Vertex → its parallelism. A source that can't be divided keeps the one that the planner gave it: nothing in
    Flink's plan tells it apart, but it runs in a thread of its own (SourceStreamTask)."""
    vertices = rest.vertices()
    single = {match["vertex"] for name in rest.thread_names() if (match := _THREAD_OF_LEGACY_SOURCE.fullmatch(name))}
    most = max(vertex["maxParallelism"] for vertex in vertices)
    if parallelism > most:
        raise Refused(f"its state is divided into {most} parts, so that its parallelism can't be {parallelism}")
    return {
        vertex["id"]: vertex["parallelism"] if vertex["name"] in single else min(parallelism, vertex["maxParallelism"])
        for vertex in vertices
    }


def _runs_with(rest: FlinkRest, wanted: dict[str, int]) -> bool:
    return rest.all_tasks_running() and {each["id"]: each["parallelism"] for each in rest.vertices()} == wanted


def _registered(rest: FlinkRest) -> list[dict[str, Any]]:
    return rest.get("/taskmanagers").get("taskmanagers", [])


def _idle_first(cluster: FlinkCluster) -> list[Process]:
    """By the slots in use, and of equals the newest first."""
    used = {
        int(match[1]): each["slotsNumber"] - each["freeSlots"]
        for each in _registered(cluster.rest)
        if (match := re.search(r":(\d+)/user/rpc/", each["path"]))
    }

    def slots_in_use(process: Process) -> int:
        assert process.pid is not None
        try:
            connections = psutil.Process(process.pid).net_connections("tcp")
        except psutil.Error:
            return 0
        return sum(used.get(each.laddr.port, 0) for each in connections if each.status == psutil.CONN_LISTEN)

    newest_first = cluster.taskmanagers[::-1]
    return sorted(newest_first, key=slots_in_use)
