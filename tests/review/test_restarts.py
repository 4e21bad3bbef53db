import pytest

from review.restarts import Effect, effect
from review.values import ABSENT, Change, parse_path


def of(path: str, after: object = 2, *, standalone: bool = False) -> Effect:
    return effect(Change(parse_path(path), 1, after), standalone=standalone)


@pytest.mark.parametrize(
    "path",
    [
        "spec.image",
        "spec.flinkVersion",
        "spec.serviceAccount",
        "spec.podTemplate.spec.volumes[0].configMap.name",
        "spec.jobManager.resource.memory",
        "spec.taskManager.replicas",
        "spec.job.parallelism",
        "spec.job.args[2]",
        "spec.job.state",
        "spec.restartNonce",
        'spec.flinkConfiguration["execution.checkpointing.interval"]',
        "spec.logConfiguration",
        "spec.somethingNew",
    ],
)
def test_a_job_restarts_for_nearly_all_of_its_spec(path: str) -> None:
    assert of(path) is Effect.RESTART


@pytest.mark.parametrize(
    "path",
    [
        "metadata.labels.team",
        'metadata.annotations["flink-lakehouse/owner"]',
        "spec.job.upgradeMode",
        "spec.job.initialSavepointPath",
        "spec.job.allowNonRestoredState",
        "spec.job.savepointTriggerNonce",
        'spec.flinkConfiguration["kubernetes.operator.periodic.savepoint.interval"]',
        "spec.flinkConfiguration.kubernetes.operator.savepoint.history.max.count",
        'spec.flinkConfiguration["job.autoscaler.enabled"]',
        'spec.flinkConfiguration["parallelism.default"]',
    ],
)
def test_a_job_runs_on_when_only_the_operator_is_concerned(path: str) -> None:
    assert of(path) is Effect.NONE


def test_a_job_that_keeps_its_topology_is_rescaled() -> None:
    overrides = 'spec.flinkConfiguration["pipeline.jobvertex-parallelism-overrides"]'
    assert of(overrides) is Effect.SCALE
    assert of(overrides, standalone=True) is Effect.RESTART
    assert of("spec.job.parallelism", standalone=True) is Effect.SCALE
    assert of("spec.taskManager.replicas", standalone=True) is Effect.SCALE


@pytest.mark.parametrize("unset", [None, ABSENT])
def test_a_nonce_that_is_taken_away_asks_for_nothing(unset: object) -> None:
    assert of("spec.restartNonce", unset) is Effect.NONE
    assert of("spec.job.savepointRedeployNonce", unset) is Effect.NONE
    assert of("spec.job.savepointRedeployNonce") is Effect.REDEPLOY
