"""What a running job's last checkpoint holds, and what its plan lock says that it holds."""

from pathlib import Path

from infra.plan_lock import LockedOperator, LockedState, PlanLock
from sandbox.aws.local import aws_client
from sandbox.flink.planner import planner_classes
from sandbox.flink.rest import FlinkRest
from tests.end_to_end.project import Project
from tests.flink.image import run

Held = tuple[str, ...]
"""An operator's id; and of one of its states the scope, name, and for each key its kind, type and the key's type."""

_SCOPES = {
    "operator": "SPLIT_DISTRIBUTE",
    "union": "UNION",
    "broadcast": "BROADCAST",
    "key": "KEY_VALUE",
    "timer": "PRIORITY_QUEUE",
}


def held(project: Project, job: str, folder: Path) -> set[Held]:
    """By the job's last completed checkpoint; `folder` takes its metadata."""
    state = project.state
    assert state.aws is not None
    rest = FlinkRest(state.jobs[job].web)
    (running,) = rest.get("/jobs/overview")["jobs"]
    path = rest.get(f"/jobs/{running['jid']}/checkpoints")["latest"]["completed"]["external_path"]
    bucket, _, key = path.removeprefix("s3://").partition("/")
    file = folder / job
    file.write_bytes(aws_client(state.aws, "s3").get_object(Bucket=bucket, Key=f"{key}/_metadata")["Body"].read())
    done = run("CheckpointStates.java", file, more=[planner_classes()])
    assert done.returncode == 0, done.stderr
    return {tuple(line.split("\t")) for line in done.stdout.splitlines()}


def expected(lock: PlanLock) -> set[Held]:
    found: set[Held] = set()
    for operator in lock.operators:
        assert operator.state is not None, f"the state of {operator.name} cannot be seen"
        found |= {(operator.id,), *(_held(operator, state) for state in operator.state)}
    return found


def _held(operator: LockedOperator, state: LockedState) -> Held:
    place = (operator.id, _SCOPES[state.scope], state.name)
    if state.scope not in ("key", "timer"):
        return place
    assert operator.key
    return (*place, state.kind or "null", _with_time(state), operator.key)


def _with_time(state: LockedState) -> str:
    """Flink keeps a time beside each value that it forgets one day; it does so within a map."""
    if state.ttl is None:
        return state.type
    assert state.kind == "VALUE", "only of those it is known here"
    return f"Ttl<Long, {state.type}>"
