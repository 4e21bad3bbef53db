"""Which changes of a Flink resource make the operator restart its job.

After the operator's own rules: the `SpecDiff` annotations of its `JobSpec` and `AbstractFlinkSpec`, read by its
`ReflectiveDiffBuilder` (apache/flink-kubernetes-operator, release 1.15). Only `spec` counts, and of that nearly all.
"""

from enum import IntEnum
from typing import Any

from review.values import ABSENT, Change, Path


class Effect(IntEnum):
    """What the operator does, the least first: of several changes the greatest counts."""

    NONE = 0
    """The job runs on."""
    SCALE = 1
    """It is rescaled in place where Flink can, and restarted where not."""
    RESTART = 2
    """It stops, and starts as its upgradeMode says."""
    REDEPLOY = 3
    """It is dropped, and starts from `initialSavepointPath`."""


_RUNS_ON = {
    "savepointTriggerNonce",
    "initialSavepointPath",
    "checkpointTriggerNonce",
    "upgradeMode",
    "allowNonRestoredState",
    "autoscalerResetNonce",
}
"""Of `spec.job`: @SpecDiff(IGNORE)."""

_OPTIONS_RUN_ON = ("job.autoscaler", "parallelism.default", "kubernetes.operator")
"""Of `spec.flinkConfiguration`, by how they begin."""


def effect(change: Change, *, standalone: bool) -> Effect:
    """`standalone`: whether `spec.mode` is, in which some changes rescale that restart in the native mode."""
    match change.path:
        case ("spec", "job", str(field), *_) if field in _RUNS_ON:
            return Effect.NONE
        case ("spec", "job", "savepointRedeployNonce"):
            return Effect.NONE if _is_unset(change.after) else Effect.REDEPLOY
        case ("spec", "restartNonce"):
            return Effect.NONE if _is_unset(change.after) else Effect.RESTART
        case ("spec", "job", "parallelism") | ("spec", "taskManager", "replicas") if standalone:
            return Effect.SCALE
        case ("spec", "flinkConfiguration", *option):
            return _of_option(tuple(option), standalone)
        case ("spec", *_):
            return Effect.RESTART
        case _:
            # Labels, annotations, and what Pulumi itself is told.
            return Effect.NONE


def _of_option(option: Path, standalone: bool) -> Effect:
    # The operator takes options nested too, and compares them by their whole name.
    name = ".".join(str(part) for part in option)
    if name.startswith(_OPTIONS_RUN_ON):
        return Effect.NONE
    if name.startswith("pipeline.jobvertex-parallelism-overrides") and not standalone:
        return Effect.SCALE
    return Effect.RESTART


def _is_unset(value: Any) -> bool:
    return value is None or value is ABSENT
