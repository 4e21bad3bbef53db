"""The comment on a pull request: what a reviewer has to know first, everything else below."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from review import details, sections
from review.identity import PolicyChange, policy_changes
from review.jobs import Fate, JobChange, job_changes
from review.losses import JOB, Kind, Loss, losses
from review.markdown import Part, code, count, fit
from review.preview import UNTOUCHED, Preview
from review.tables import TableChange, table_changes

LONGEST = 65_536
"""Characters that GitHub takes in a comment."""

_LEFT_OUT = "**{} more left out**: a comment has no room for them. The run's artifact has the whole preview."

_OPERATIONS = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "import": "imported",
    "same": "unchanged",
}
"""How the counted operations are called, in their order. Others are called what Pulumi calls them."""


def marker(stack: str) -> str:
    """What the comment of a stack begins with, unseen, by which it is found again."""
    return f"<!-- flink-lakehouse:preview:{stack} -->"


@dataclass(frozen=True)
class Beside:
    """What is known besides the preview."""

    violations: str = ""
    """Of policies: a text each, with empty lines between them."""
    impact: str = ""
    """What running jobs and tables are in for, in Markdown: a section of its own (impact/)."""
    costs: Part | None = None


NOTHING = Beside()


def comment(preview: Preview, stack: str, beside: Beside = NOTHING, *, longest: int = LONGEST) -> str:
    """The same text for the same preview."""
    gone, jobs = losses(preview), job_changes(preview)
    tables, rights = table_changes(preview), policy_changes(preview)
    cautions = list(_cautions(preview, beside.violations, gone, jobs, tables, rights))
    parts = [
        Part(f"{marker(stack)}\n### Preview of {code(stack)}\n\n{_headline(preview, gone, jobs)}"),
        Part("> [!CAUTION]", [f"> - {caution}" for caution in cautions]) if cautions else None,
        sections.errors(preview),
        sections.violations(beside.violations),
        sections.impact(beside.impact),
        sections.losses(gone),
        sections.jobs(jobs, is_judged=bool(beside.impact.strip())),
        sections.tables(tables),
        beside.costs,
        *sections.rights(rights),
        sections.descriptive(preview),
        sections.unknowns(preview),
        Part(f"{_counts(preview)}"),
        details.changed_values(preview),
        details.others(preview),
        details.warnings(preview),
    ]
    return fit([part for part in parts if part], longest, _LEFT_OUT)


def _headline(preview: Preview, gone: Sequence[Loss], jobs: Sequence[JobChange]) -> str:
    fates = Counter(job.fate for job in jobs)
    deleted = sum(loss.step.op == "delete" for loss in gone)
    said = [
        *_counted(fates[Fate.RESTARTS], "job restarts", "jobs restart"),
        *_counted(fates[Fate.STOPS], "job stops", "jobs stop"),
        *_counted(fates[Fate.STARTS], "job starts", "jobs start"),
        *_counted(len(gone) - deleted, "resource is replaced", "resources are replaced"),
        *_counted(deleted, "resource is deleted", "resources are deleted"),
    ]
    if said:
        return f"**{', '.join(said)}.**"
    if preview.changed:
        return "**No job stops or starts, and nothing is replaced or deleted.**"
    return "**No change is known.**" if preview.errors else "**Nothing changes.**"


def _counted(number: int, one: str, many: str) -> list[str]:
    return [count(number, one, many)] if number else []


def _cautions(
    preview: Preview,
    violations: str,
    gone: Sequence[Loss],
    jobs: Sequence[JobChange],
    tables: Sequence[TableChange],
    rights: Sequence[PolicyChange],
) -> Iterator[str]:
    if preview.errors:
        yield "The preview failed. What is told here is what was known by then, and may not be all."
    if preview.corrupt:
        yield "Pulumi says that the state of this stack may be corrupt."
    if violations.strip():
        yield "It breaks policies."
    yield from _named("loses its state", "lose their state", [job.name for job in jobs if job.loses_state])
    yield from _named("takes data with it", "take data with them", _of_kind(Kind.DATA, gone))
    yield from _named("takes state with it", "take state with them", _of_kind(Kind.STATE, gone))
    yield from _named("may take something with it", "may take something with them", _of_kind(Kind.UNKNOWN, gone))
    yield from _named("is protected no longer", "are protected no longer", _unprotected(preview))
    yield from _named(
        "can't stay as the jobs leave it", "can't stay as the jobs leave them", [t.name for t in tables if t.is_wrong]
    )
    yield from _named("gains a wildcard", "gain wildcards", [change.step.name for change in rights if change.is_wide])


def _of_kind(kind: Kind, gone: Sequence[Loss]) -> list[str]:
    # What a job loses is told of the job.
    return [loss.step.name for loss in gone if loss.kind is kind and not re.fullmatch(JOB, loss.step.type)]


def _unprotected(preview: Preview) -> list[str]:
    return [step.name for step in preview.steps if step.old and step.new and step.old.protect and not step.new.protect]


def _named(one: str, many: str, names: Sequence[str]) -> list[str]:
    unique = sorted(set(names))
    return [f"{', '.join(map(code, unique))} {one if len(unique) == 1 else many}."] if unique else []


def _counts(preview: Preview) -> str:
    summary, at_least = preview.summary, ""
    if not summary:
        told = [step.op for step in preview.steps if step.op not in UNTOUCHED]
        summary, at_least = {op: told.count(op) for op in told}, "At least "
    order = [*_OPERATIONS, *sorted(set(summary) - set(_OPERATIONS))]
    named = [f"{summary[op]} {_OPERATIONS.get(op, op)}" for op in order if summary.get(op)]
    return f"{at_least}{', '.join(named)}." if named else "No resources."
