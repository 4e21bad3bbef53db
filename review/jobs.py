"""What becomes of each job: whether it restarts, how, and from which state.

After apache/flink-kubernetes-operator 1.15: its docs, "Job Management", and `AbstractJobReconciler`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, cast

from policy import flink
from policy.resources import UNKNOWN, Resource
from review import losses
from review.markdown import code
from review.preview import Preview, Step
from review.reasons import NO_REASONS, Reasons, reasons
from review.restarts import Effect, effect

_FALLBACK = "kubernetes.operator.job.upgrade.last-state-fallback.enabled"
_SAVEPOINT_ON_DELETION = "kubernetes.operator.job.savepoint-on-deletion"


class Fate(Enum):
    """What happens to the process."""

    STARTS = "starts"
    RESTARTS = "restarts"
    STOPS = "stops"
    STAYS = "stays"


@dataclass(frozen=True)
class JobChange:
    """One job and what a change does to it; texts are Markdown."""

    name: str
    fate: Fate
    what: str
    """The same, more exactly."""
    state: str
    """Which state it goes on from."""
    why: Reasons = NO_REASONS
    loses_state: bool = False
    """Whether state goes that the job has now."""


def job_changes(preview: Preview) -> list[JobChange]:
    """Of each job that a change touches, by name."""
    gone = losses.lost_buckets(preview)
    steps = [step for step in preview.changed if flink.is_job(step.resource(None))]
    return [_with_bucket(_job_change(step, preview), step, gone) for step in steps]


def _job_change(step: Step, preview: Preview) -> JobChange:
    if _is_cluster(step):
        return _cluster_change(step, preview)
    old, new = step.resource(step.old), step.resource(step.new)
    if step.op in ("create", "import"):
        return _first_start(step.name, new)
    if step.op == "delete":
        return _end(step.name, old)
    if step.takes_away:
        return replace(_anew(step.name, old, new), why=reasons(step, preview))
    if step.old is None or step.new is None:
        text = "**unknown**: the preview does not show what it was and will be"
        return JobChange(step.name, Fate.RESTARTS, f"may restart ({code(step.op)})", text)
    return replace(_update(step, old, new), why=reasons(step, preview))


def _is_cluster(step: Step) -> bool:
    """Whether it is a session cluster, which has no job of its own."""
    specs = [step.resource(each).at("spec") for each in (step.old, step.new) if each is not None]
    known = [cast(dict[str, Any], spec) for spec in specs if isinstance(spec, dict)]
    deployed = step.resource(None).type.endswith(":FlinkDeployment")
    return deployed and bool(known) and not any("job" in spec for spec in known)


def _cluster_change(step: Step, preview: Preview) -> JobChange:
    """What a change of a session cluster does to all its jobs; what changes of each is told of the job."""
    old, new = step.resource(step.old), step.resource(step.new)
    if step.op in ("create", "import"):
        return JobChange(step.name, Fate.STARTS, "is a new session cluster", "its jobs say what they start from")
    if step.op == "delete":
        return JobChange(step.name, Fate.STOPS, "stops for good, a session cluster", "its jobs say what they leave")
    if all(effect(change, standalone=False) is Effect.NONE for change in step.changes) and not step.takes_away:
        return JobChange(
            step.name, Fate.STAYS, "runs on", "only settings of the operator, labels or annotations change"
        )
    why = reasons(step, preview)
    what = "restarts, and each session job with it"
    kept = None not in (flink.option(each, "high-availability.type") for each in (old, new)) and not step.takes_away
    if kept:
        return JobChange(step.name, Fate.RESTARTS, what, "each from its last checkpoint", why=why)
    text = "**its jobs are gone with it**: there is no high availability that would know them"
    return JobChange(step.name, Fate.RESTARTS, what, text, why=why, loses_state=True)


def _first_start(name: str, new: Resource) -> JobChange:
    if _is_suspended(new):
        return JobChange(name, Fate.STAYS, "is new, and suspended", "does not start")
    return JobChange(name, Fate.STARTS, "is new", _initial(new))


def _end(name: str, old: Resource) -> JobChange:
    if _leaves_savepoint(old):
        text = f"leaves a savepoint {_savepoints(old)}, which no later job finds by itself"
        return JobChange(name, Fate.STOPS, "stops for good", text)
    text = "**its state is lost**: no savepoint is taken"
    return JobChange(name, Fate.STOPS, "stops for good", text, loses_state=True)


def _anew(name: str, old: Resource, new: Resource) -> JobChange:
    left = f"leaves a savepoint {_savepoints(old)}" if _leaves_savepoint(old) else "no savepoint is taken"
    what, first = "is deleted and made anew", new.at("spec", "job", "initialSavepointPath")
    if first is None:
        return JobChange(name, Fate.RESTARTS, what, f"**starts empty**; {left}", loses_state=True)
    return JobChange(name, Fate.RESTARTS, what, f"{_initial(new)}; {left}")


def _update(step: Step, old: Resource, new: Resource) -> JobChange:
    standalone = new.at("spec", "mode") == "standalone"
    effects = [(effect(change, standalone=standalone), change) for change in step.changes]
    greatest = max((each for each, _ in effects), default=Effect.NONE)
    was, will_be = _is_suspended(old), _is_suspended(new)
    if greatest is Effect.NONE:
        within = any(change.path[:1] == ("spec",) for change in step.changes)
        text = "only settings of the operator change" if within else "only labels or annotations change"
        if _mode(new) == "stateless" != _mode(old):
            text += "; **whatever restarts it from then on loses its state**"
        return JobChange(step.name, Fate.STAYS, "stays suspended" if was else "runs on", text)
    if greatest is Effect.REDEPLOY:
        text = f"**drops its state**; {_initial(new)}"
        return JobChange(step.name, Fate.RESTARTS, "is redeployed", text, loses_state=True)
    if was and will_be:
        return JobChange(step.name, Fate.STAYS, "stays suspended", "keeps what it was suspended with")
    what = "resumes" if was else "is suspended" if will_be else "restarts"
    if greatest is Effect.SCALE:
        what = "is rescaled as it runs, or restarts where Flink can't do that"
    elif all(change.is_unknown for each, change in effects if each is greatest):
        what += ", unless what is unknown yet stays the same"
    state, lost = _resumed_state(old, new) if was else _kept_state(old, new, will_be)
    fate = Fate.STARTS if was else Fate.STOPS if will_be else Fate.RESTARTS
    return JobChange(step.name, fate, what, state, loses_state=lost)


def _kept_state(old: Resource, new: Resource, suspends: bool) -> tuple[str, bool]:
    """What a running job stops with, and whether its state is lost. The new upgradeMode decides; where state lies, the
    configuration that it runs with."""
    mode = _mode(new)
    if mode == "last-state" and old.at("spec", "flinkVersion") != new.at("spec", "flinkVersion"):
        # The operator takes no checkpoint over from one version of Flink to another.
        mode = "savepoint"
    begins = "stops with" if suspends else "from"
    match mode:
        case "savepoint":
            taken = "a savepoint" if suspends else "a savepoint that it takes when it stops,"
            fallback = (
                "" if flink.option(new, _FALLBACK) == "false" else "; its last checkpoint, should it not run then"
            )
            return f"`savepoint`: {begins} {taken} {_savepoints(old)}{fallback}", False
        case "last-state":
            return f"`last-state`: {begins} its last checkpoint, {_checkpoints(old)}", False
        case "stateless":
            return f"`stateless`: **its state is lost**{'' if suspends else ', it starts empty'}", True
        case _:
            return "**unknown**, as its upgradeMode is", False


def _resumed_state(old: Resource, new: Resource) -> tuple[str, bool]:
    """What a suspended job goes on from: what it was suspended with, unless it is not to."""
    kept, asked = _mode(old), _mode(new)
    if kept == "stateless":
        return "starts empty: it was suspended as `stateless`", False
    if asked == "stateless":
        return "`stateless`: **its state is lost**, it starts empty", True
    if kept == "last-state":
        return f"from its last checkpoint, {_checkpoints(old)}", False
    return f"from the savepoint that it was suspended with, {_savepoints(old)}", False


def _initial(new: Resource) -> str:
    path = new.at("spec", "job", "initialSavepointPath")
    if path is None:
        return "starts empty"
    return (
        "starts from a savepoint that is unknown yet" if path is UNKNOWN else f"starts from the savepoint {code(path)}"
    )


def _mode(job: Resource) -> Any:
    # The operator's default.
    return job.at("spec", "job", "upgradeMode") or "stateless"


def _is_suspended(job: Resource) -> bool:
    return job.at("spec", "job", "state") == "suspended"


def _leaves_savepoint(job: Resource) -> bool:
    return flink.option(job, _SAVEPOINT_ON_DELETION) == "true"


def _savepoints(job: Resource) -> str:
    return _below(flink.option(job, "execution.checkpointing.savepoint-dir", "state.savepoints.dir"))


def _checkpoints(job: Resource) -> str:
    return _below(flink.option(job, "execution.checkpointing.dir", "state.checkpoints.dir"))


def _below(directory: Any) -> str:
    if directory is None:
        return "in the operator's default directory"
    return "in a directory that is unknown yet" if directory is UNKNOWN else f"below {code(directory)}"


def _with_bucket(change: JobChange, step: Step, gone: frozenset[str]) -> JobChange:
    """Also what no job knows of itself: that its state lies in a bucket that goes."""
    lost = sorted(set(_buckets(step.resource(step.old))) & gone)
    if not lost:
        return change
    text = f"{change.state}; **but the bucket {code(lost[0])}, where its state lies, is deleted or replaced**"
    return replace(change, state=text, loses_state=True)


def _buckets(job: Resource) -> Iterator[str]:
    for directory in flink.state_directories(job):
        if isinstance(directory, str) and "://" in directory:
            yield directory.partition("://")[2].partition("/")[0]
