"""What a change does to each running job: how it restarts, and whether its state comes along."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from impact.states import START_ANEW, Finding, compare_states
from impact.version import JobVersion, ProjectVersion


class Fate(StrEnum):
    UNCHANGED = "unchanged"
    NEW = "new"
    IN_PLACE = "restarted in place"
    COMPATIBLE = "restarted from savepoint, state compatible"
    INCOMPATIBLE = "state incompatible"
    UNKNOWN = "unknown"
    REPLACED = "replaced, state at risk"
    DELETED = "deleted, state at risk"


_FAILS = {Fate.INCOMPATIBLE, Fate.REPLACED, Fate.DELETED}
_ONLY_TOLD = {"description", "owner"}
"""Of job.yaml: annotations, for whose change nothing restarts."""
_ONLY_PROMISED = {"description", "freshness", "tags", "expectations"}
"""Of `writes`."""
_BACKEND = ("state.backend", "execution.state-", "state.changelog")
_MOST = "pipeline.max-parallelism"


@dataclass(frozen=True)
class JobVerdict:
    job: str
    fate: Fate
    changes: tuple[str, ...] = ()
    """What is not as it was."""
    reasons: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        return self.fate in _FAILS


def job_verdicts(before: ProjectVersion, after: ProjectVersion) -> list[JobVerdict]:
    """Of every job that the stack runs, or ran, by name."""
    return [_verdict(name, before, after) for name in sorted({*before.jobs, *after.jobs})]


def _verdict(name: str, before: ProjectVersion, after: ProjectVersion) -> JobVerdict:
    old, new = before.jobs.get(name), after.jobs.get(name)
    if old is None:
        return JobVerdict(name, Fate.NEW)
    if new is None:
        left = "it leaves a savepoint when it stops; no job takes that up"
        return JobVerdict(name, Fate.DELETED, reasons=(left,), remedies=("keep the folder, or accept that it ends",))
    changes = list(_changes(old, new, before, after))
    if not changes:
        return JobVerdict(name, Fate.UNCHANGED)
    mode = _upgrade_mode(new, after)
    if replaced := _replaced(old, new, mode):
        return JobVerdict(
            name, Fate.REPLACED, tuple(changes), (replaced,), ("restore it from that savepoint: flink.restore_from",)
        )
    findings = list(_findings(old, new, before, after))
    for level, fate in (("incompatible", Fate.INCOMPATIBLE), ("unknown", Fate.UNKNOWN)):
        found = [finding for finding in findings if finding.level == level]
        if found:
            remedies = dict.fromkeys(finding.remedy for finding in found if finding.remedy)
            return JobVerdict(name, fate, tuple(changes), tuple(each.text for each in found), tuple(remedies))
    fate = Fate.IN_PLACE if mode == "last-state" else Fate.COMPATIBLE
    return JobVerdict(name, fate, tuple(changes))


def _changes(old: JobVersion, new: JobVersion, before: ProjectVersion, after: ProjectVersion) -> Iterator[str]:
    yield from _different_files(old.code, new.code)
    for key in sorted({*old.manifest, *new.manifest} - _ONLY_TOLD):
        was, now = _restarting(key, old.manifest.get(key)), _restarting(key, new.manifest.get(key))
        if was != now:
            yield f"job.yaml: {key}"
    yield from _of_stack(new, before.settings, after.settings)
    images = [name for name in _different_files(before.image, after.image) if _is_of(name, new)]
    if images:
        yield f"the image ({', '.join(images[:3])}{' …' if len(images) > 3 else ''})"


def _restarting(key: str, value: Any) -> Any:
    if key != "writes" or not isinstance(value, list):
        return value
    writes = cast(list[Mapping[str, Any]], value)
    return [{name: each for name, each in write.items() if name not in _ONLY_PROMISED} for write in writes]


def _of_stack(job: JobVersion, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    def flink(settings: Mapping[str, Any]) -> Mapping[str, Any]:
        found = cast(Mapping[str, Any], settings.get("flink") or {})
        restored = cast(Mapping[str, Any], found.get("restore_from") or {})
        return {**found, "restore_from": restored.get(job.name)}

    if flink(before) != flink(after):
        yield "the stack file: flink"
    entries = cast(list[Mapping[str, Any]], [*(job.manifest.get("reads") or []), *(job.manifest.get("feeds") or [])])
    for section, names in (
        ("sources", [str(entry["source"]) for entry in entries]),
        ("catalogs", cast(list[str], job.manifest.get("catalogs") or [])),
    ):
        for name in names:
            if _named(before, section, name) != _named(after, section, name):
                yield f"the stack file: {section}.{name}"


def _named(settings: Mapping[str, Any], section: str, name: str) -> Any:
    return cast(Mapping[str, Any], settings.get(section) or {}).get(name)


def _different_files(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    yield from (name for name in sorted({*old, *new}) if old.get(name) != new.get(name))


def _is_of(file: str, job: JobVersion) -> bool:
    """Whether a file of an image is of the job's: all have the common one."""
    for kind, mark in (("images/job-java", "pom.xml"), ("images/job-python", "job.py")):
        if file.startswith(kind):
            return mark in job.code
    return True


def _upgrade_mode(job: JobVersion, version: ProjectVersion) -> str:
    of_stack = cast(Mapping[str, Any], version.settings.get("flink") or {}).get("upgrade_mode")
    return str(job.manifest.get("upgrade_mode") or of_stack or "savepoint")


def _replaced(old: JobVersion, new: JobVersion, mode: str) -> str | None:
    was, now = (job.manifest.get("mode", "application") for job in (old, new))
    if was != now:
        return f"its mode is {now}, and was {was}: one resource goes, leaving a savepoint, and another comes"
    if mode == "stateless":
        return "its upgrade_mode is stateless: it starts without what it knows"
    return None


def _findings(old: JobVersion, new: JobVersion, before: ProjectVersion, after: ProjectVersion) -> Iterator[Finding]:
    yield from _of_options(old.manifest, new.manifest)
    for which, job in (("before", old), ("after", new)):
        if job.lock is None:
            remedy = (
                f"lakehouse plan {job.name}" if which == "after" else "judge it by the savepoint: lakehouse upgrade"
            )
            yield Finding("unknown", f"the plan {which} isn't known: {job.problem}", remedy)
    if old.lock is None or new.lock is None:
        return
    if old.lock.flink != new.lock.flink:
        yield Finding("unknown", f"Flink is {new.lock.flink}, and was {old.lock.flink}: see its notes on state")
    jars = "images/flink/jars.sha256"
    if before.image.get(jars) != after.image.get(jars):
        yield Finding(
            "unknown", "connectors of the image change: whether a new one reads what an old one stored isn't known"
        )
    # A script is all in its plan; a program may do more than the plan shows.
    is_script = "job.sql" in new.code
    yield from compare_states(old.lock, new.lock, code_changed=not is_script and old.code != new.code)


def _of_options(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Finding]:
    was, now = (cast(Mapping[str, Any], manifest.get("flink") or {}) for manifest in (old, new))
    if was.get(_MOST) != now.get(_MOST):
        yield Finding("incompatible", f"{_MOST} is another: state is divided into that many parts", START_ANEW)
    parallelism, most = (
        int(new.get("parallelism", 1)),
        int(now.get(_MOST, _derived_most(int(old.get("parallelism", 1))))),
    )
    if parallelism > most:
        yield Finding(
            "incompatible",
            f"its state is divided into {most} parts, and its parallelism would be {parallelism}",
            START_ANEW,
        )
    for option in sorted({*was, *now}):
        if option.startswith(_BACKEND) and was.get(option) != now.get(option):
            yield Finding("unknown", f"{option} is another: whether that reads the old state isn't known from the plan")


def _derived_most(parallelism: int) -> int:
    """Flink's maximum for a job that names none (`KeyGroupRangeAssignment.computeDefaultMaxParallelism`)."""
    return min(max(1 << (parallelism + parallelism // 2 - 1).bit_length(), 128), 32_768)
