"""What is told of a session cluster, whose changes are changes of all its jobs."""

from typing import Any

from review.jobs import Fate, JobChange, job_changes
from tests.review.given import step, varied

DEPLOYMENT = "kubernetes:flink.apache.org/v1beta1:FlinkDeployment"
OPTIONS = {"high-availability.type": "kubernetes", "taskmanager.numberOfTaskSlots": "4"}


def changed(op: str = "update", **states: dict[str, Any]) -> JobChange:
    specs = {state: {"spec": spec, "metadata": {"name": "session"}} for state, spec in states.items()}
    found = varied("job-sql", lambda document: document.update(steps=[step(DEPLOYMENT, "session", op, **specs)]))
    (change,) = job_changes(found)
    assert change.name == "session"
    return change


def test_its_jobs_go_on_from_their_checkpoints_when_it_restarts() -> None:
    found = changed(
        old={"image": "a", "flinkConfiguration": OPTIONS}, new={"image": "b", "flinkConfiguration": OPTIONS}
    )
    assert (found.fate, found.what) == (Fate.RESTARTS, "restarts, and each session job with it")
    assert (found.state, found.loses_state) == ("each from its last checkpoint", False)


def test_without_high_availability_they_are_gone_with_it() -> None:
    found = changed(old={"image": "a", "flinkConfiguration": {}}, new={"image": "b", "flinkConfiguration": {}})
    assert found.loses_state
    assert "its jobs are gone with it" in found.state


def test_a_new_one_and_one_that_goes_leave_the_word_to_its_jobs() -> None:
    assert changed("create", new={"flinkConfiguration": OPTIONS}).fate is Fate.STARTS
    assert changed("delete", old={"flinkConfiguration": OPTIONS}).fate is Fate.STOPS


def test_options_of_the_operator_restart_nothing() -> None:
    after = {**OPTIONS, "kubernetes.operator.reconcile.interval": "30 s"}
    assert changed(old={"flinkConfiguration": OPTIONS}, new={"flinkConfiguration": after}).fate is Fate.STAYS
