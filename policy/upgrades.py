"""How a changed job restarts."""

from collections.abc import Iterator

from policy import flink
from policy.resources import UNKNOWN, Resource
from policy.rules import Finding, ResourceRule

_WHY = (
    "a stateless upgrade drops the state of joins and the sources' positions. The sources are read anew, and rows that "
    'were deleted there meanwhile stay in the lake for ever (Flink operator docs: "Job Management", upgradeMode)'
)


def _stateless(resource: Resource) -> Iterator[Finding]:
    job = resource.at("spec", "job")
    # A cluster for session jobs has no job of its own.
    if not flink.is_job(resource) or not isinstance(job, dict) or flink.is_production(resource) is not True:
        return
    mode = resource.at("spec", "job", "upgradeMode")
    if mode is UNKNOWN or mode in ("savepoint", "last-state"):
        return
    said = "has no upgradeMode, and the operator's default is stateless" if mode is None else f"has upgradeMode {mode}"
    yield Finding(
        f"The production job {said}",
        _WHY,
        "set 'savepoint' or 'last-state' (upgrade_mode in job.yaml, flink.upgrade_mode in the stack file)",
    )


RULES = (ResourceRule("stateless-upgrade", "A production job keeps its state when it changes.", _stateless),)
