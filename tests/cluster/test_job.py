"""A job's life on a real cluster, in order: each test goes on where the one before it ended (docs/local.md)."""

from typing import Any

import pytest

from tests.cluster.job import PODS, RunningJob
from tests.cluster.sample import ORDERS
from tests.cluster.stack import JOB

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

_FIRST = "-- Orders from MySQL"
_COLUMN = "p.name AS product_name"


def test_it_becomes_stable_and_every_row_is_in_the_lake(job: RunningJob) -> None:
    job.wait_for("STABLE", seconds=600)
    assert job.must_agree(seconds=180).rows_in_lake == ORDERS


def test_nothing_is_lost_when_pods_are_killed_among_changes(job: RunningJob) -> None:
    doomed = {60: "taskmanager", 150: "jobmanager", 240: "taskmanager"}
    job.change(300, seed=2, meanwhile=lambda sequence: job.kill(doomed[sequence]) if sequence in doomed else None)
    job.wait_for("STABLE", seconds=300)
    job.must_agree(seconds=300)


def test_an_edit_restarts_it_from_a_savepoint(job: RunningJob) -> None:
    before = job.savepoints()
    job.stack.edit(_FIRST, f"-- Edited.\n{_FIRST}")
    generation = job.applied()
    found = job.wait_for("STABLE", seconds=600, generation=generation)
    (taken,) = job.savepoints() - before
    status: Any = found["status"]
    assert status["jobStatus"]["upgradeSavepointPath"].rstrip("/") + "/_metadata" == f"s3://lake-state/{taken}"
    job.change(100, seed=3)
    job.must_agree(seconds=300)


def test_a_bad_edit_is_rolled_back_and_its_correction_runs(job: RunningJob) -> None:
    job.stack.edit(_COLUMN, "p.no_such_column AS product_name")
    generation = job.applied()
    # Five minutes pass until the operator gives up: infra/flink_configuration.py, readiness.timeout.
    job.wait_for("ROLLED_BACK", seconds=900, generation=generation)
    job.change(100, seed=4)
    job.must_agree(seconds=300)
    job.stack.edit("p.no_such_column AS product_name", _COLUMN)
    job.wait_for("STABLE", seconds=600, generation=job.applied())
    job.must_agree(seconds=300)


def test_deleted_it_leaves_a_savepoint_and_no_pod(job: RunningJob) -> None:
    before = job.savepoints()
    job.kubectl.run("delete", "flinkdeployment", JOB, "--timeout=300s", seconds=330)
    assert len(job.savepoints() - before) == 1
    for kind in ("deployment", "pod", "service", "configmap"):
        labels = PODS if kind != "configmap" else f"{PODS},configmap-type=high-availability"
        for left in job.kubectl.list(kind, labels=labels):
            name = left["metadata"]["name"]
            job.kubectl.wait(kind, name, lambda found: found is None, what="gone", seconds=120)
