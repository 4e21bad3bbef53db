"""Which lake tables a change touches: by what the jobs promise to write (`--writes lake.<database>.<table>=<key>`)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from policy import flink
from policy.resources import Resource
from review.markdown import code
from review.preview import Preview, Step
from review.values import has_unknown

Writers = Mapping[str, Mapping[str, str]]
"""Table → job → key."""


@dataclass(frozen=True)
class TableChange:
    """One table and what a change means for it, in Markdown."""

    name: str
    what: str
    is_wrong: bool = False
    """Whether it can't stay like that."""


def table_changes(preview: Preview) -> list[TableChange]:
    """Of each table that is written by others, otherwise or no longer, by name; and of tables with two writers.

    Of jobs that don't change it knows only with `--show-sames`.
    """
    before = _writers(preview, lambda step: step.resource(step.old))
    after = _writers(preview, lambda step: step.resource(step.new))
    found = [(name, _what(before.get(name, {}), after.get(name, {}))) for name in sorted({*before, *after})]
    return [*_unknown(preview), *(TableChange(name, *what) for name, what in found if what)]


def _writers(preview: Preview, resource_of: Callable[[Step], Resource]) -> Writers:
    found: dict[str, dict[str, str]] = {}
    for step in preview.steps:
        if flink.is_job(step.resource(None)):
            for table in flink.tables(resource_of(step)):
                found.setdefault(table.full_name, {})[step.name] = table.key
    return found


def _what(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, bool] | None:
    jobs, old_jobs = _list(after), _list(before)
    if len(after) > 1:
        return f"**is written by two jobs**: {jobs}: each replaces the other's rows", True
    if not after:
        return f"**is no longer written**: {old_jobs} did; the table stays, and its rows get no newer", False
    (key,) = after.values()
    if not before:
        return f"is new: {jobs} writes it, one row for each {_key(key)}", False
    if key not in before.values():
        old = ", ".join(_key(each) for each in sorted(set(before.values())))
        return (
            f"**has another key**: {old} → {_key(key)}; the table keeps the key that it was made with, "
            "and the SQL runner starts no job that promises another",
            True,
        )
    return (f"is written by {jobs} instead of {old_jobs}", False) if set(before) != set(after) else None


def _unknown(preview: Preview) -> list[TableChange]:
    steps = [step for step in preview.changed if flink.is_job(step.resource(None))]
    jobs = sorted({step.name for step in steps if has_unknown(step.resource(step.new).at("spec", "job", "args"))})
    return [TableChange("unknown", f"what {code(job)} will write is known only once it is deployed") for job in jobs]


def _list(jobs: Mapping[str, str]) -> str:
    return " and ".join(code(job) for job in sorted(jobs))


def _key(key: str) -> str:
    return code(f"({key.replace(',', ', ')})") if key else "row that comes (no key)"
