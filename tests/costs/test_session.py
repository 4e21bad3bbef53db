"""What a session cluster costs, and its jobs on it."""

import pytest

from costs.jobs import SESSION_JOB, jobs_of
from costs.nodes import pods_of
from costs.resources import Resource, Stack
from tests.costs.given import deployment


def cluster(slots: int) -> Resource:
    found = deployment("session", slots=slots, high_availability=True)
    spec = {key: value for key, value in found.inputs["spec"].items() if key != "job"}
    del spec["flinkConfiguration"]["execution.checkpointing.interval"]
    return Resource(found.type, found.name, {"spec": spec})


def session_job(name: str, *, parallelism: int = 1, script: str = "") -> Resource:
    spec = {
        "deploymentName": "session",
        "flinkConfiguration": {"execution.checkpointing.interval": "1min"},
        "job": {"parallelism": parallelism, "args": ["--script-text", script, "--writes", "lake.a.b=id"]},
    }
    return Resource(SESSION_JOB, name, {"spec": spec})


def test_its_jobs_checkpoint_and_the_cluster_does_not() -> None:
    zipped = session_job("two", script="'write.metadata.compression-codec' = 'gzip'")
    found = {job.name: job for job in jobs_of(Stack.of([cluster(4), session_job("one"), zipped, deployment()]))}
    assert set(found) == {"one", "two", "orders"}
    assert (found["one"].interval, found["one"].tables, found["one"].high_availability) == (60, 1, True)
    assert [found[name].gzipped for name in ("one", "two")] == [False, True]


@pytest.mark.parametrize(("slots", "taskmanagers"), [(4, 1), (2, 2), (1, 3)])
def test_its_pods_are_as_many_as_its_jobs_need(slots: int, taskmanagers: int) -> None:
    stack = Stack.of([cluster(slots), session_job("one", parallelism=2), session_job("two")])
    assert [pods.replicas for pods in pods_of(stack)] == [1, taskmanagers]
