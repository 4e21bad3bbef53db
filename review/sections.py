"""The parts of the comment that tell what a change means."""

from collections import Counter
from collections.abc import Sequence

from review.identity import PolicyChange
from review.jobs import Fate, JobChange
from review.losses import Loss
from review.markdown import Part, block, code, count, head, row
from review.preview import Preview, Step
from review.tables import TableChange
from review.values import Path, path_text, shorten

_DESCRIPTIVE = ("labels", "annotations", "tags", "tagsAll")
_SHOWN = 5
_LONGEST_MESSAGE = 2000


def kind(step: Step) -> str:
    """The last word of its type: `Bucket`."""
    return step.type.rpartition(":")[2]


def errors(preview: Preview) -> Part | None:
    said = [block(shorten(message, _LONGEST_MESSAGE)) for message in preview.errors]
    return Part("#### Why the preview failed", said, separator="\n\n") if said else None


def violations(text: str) -> Part | None:
    found = [block(shorten(each, _LONGEST_MESSAGE)) for each in text.strip().split("\n\n") if each]
    return Part("#### Policies that it breaks", found, separator="\n\n") if found else None


def impact(text: str) -> Part | None:
    """As it is: its names were made harmless where it was written."""
    return Part(items=text.strip().splitlines()) if text.strip() else None


def losses(found: Sequence[Loss]) -> Part | None:
    if not found:
        return None
    rows = [
        row(f"{code(loss.step.name)} ({kind(loss.step)})", _how(loss.step), loss.kind.name.lower(), loss.what)
        for loss in found
        if loss.what
    ]
    others = Counter(kind(loss.step) for loss in found if not loss.what)
    named = ", ".join(f"{number} {name}" for name, number in sorted(others.items()))
    table = f"\n{head('resource', 'how', 'loses', 'namely')}" if rows else ""
    return Part(f"#### Replaced or deleted\n{table}", rows, f"\nNothing is lost with {named}." if named else "")


def _how(step: Step) -> str:
    if step.op == "delete":
        return "deleted"
    return ", for ".join(["replaced", *([", ".join(map(code, step.replace_reasons))] if step.replace_reasons else [])])


def jobs(found: Sequence[JobChange], *, is_judged: bool) -> Part | None:
    """`is_judged`: whether the comment says elsewhere if a changed script goes with the state that there is."""
    rows = [row(code(job.name), job.what, job.state, "<br>".join(job.why.texts)) for job in found]
    rescripted = not is_judged and any(
        job.why.has_new_script and job.fate is Fate.RESTARTS and not job.loses_state for job in found
    )
    note = (
        "\nWhether that state fits a changed script can't be told from a preview: Flink finds it again by the query's "
        'plan (Flink docs: "Table API, Concepts & Common API", stateful upgrades).'
    )
    return (
        Part(f"#### Jobs\n\n{head('job', 'what', 'state', 'because')}", rows, note if rescripted else "")
        if rows
        else None
    )


def tables(found: Sequence[TableChange]) -> Part | None:
    rows = [row(code(table.name), table.what) for table in found]
    return Part(f"#### Lake tables\n\n{head('table', 'what')}", rows) if rows else None


def rights(found: Sequence[PolicyChange]) -> list[Part]:
    """Changed ones to be read, new ones to be looked up."""
    new = [change for change in found if change.step.op == "create"]
    changed = [change for change in found if change.step.op != "create"]
    titles = head("where", "may now", "may no longer")
    parts: list[Part] = []
    if changed:
        parts.append(Part(f"#### Rights\n\n{titles}", [_rights_row(change) for change in changed]))
    if new:
        summary = f"<details><summary>Rights of {count(len(new), 'new resource')}</summary>"
        parts.append(Part(f"{summary}\n\n{titles}", [_rights_row(change) for change in new], "\n</details>"))
    return parts


def _rights_row(change: PolicyChange) -> str:
    where = f"{code(change.step.name)} ({kind(change.step)}){' **wildcard**' if change.is_wide else ''}"
    if change.is_unknown:
        return row(where, "unknown: its policy is secret, or known only once something else is deployed")
    return row(where, "<br>".join(change.more), "<br>".join(change.less))


def descriptive(preview: Preview) -> Part | None:
    """What only its description changes of."""
    only = [step for step in preview.changed if step.changes and all(map(_is_descriptive, _paths(step)))]
    names = [f"- {code(step.name)} ({kind(step)})" for step in only]
    return Part("#### Only labels, annotations or tags change\n", names) if names else None


def _paths(step: Step) -> list[Path]:
    return [change.path for change in step.changes]


def _is_descriptive(path: Path) -> bool:
    return any(step in _DESCRIPTIVE for step in path[:2])


def unknowns(preview: Preview) -> Part | None:
    """What can't be told before something else is deployed."""
    found: list[str] = []
    for step in preview.changed:
        paths = [path_text(change.path) for change in step.changes if change.is_unknown]
        if paths:
            more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
            found.append(f"- {code(step.name)} ({kind(step)}): {', '.join(map(code, paths[:_SHOWN]))}{more}")
    return Part("#### Unknown until something else is deployed\n", found) if found else None
