"""What a change costs, for the comment: the difference between two documents of `python -m costs STACK --json`.

Amounts stand without a dollar sign: between two of them GitHub shows mathematics.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pydantic

from costs.document import CostDocument
from review.markdown import Part, code, head, row

_TITLE = "#### Costs (an estimate)"
_CENT = 0.005
"""A difference below it is none."""
_SHOWN = 4
"""Of the lines that explain a difference."""
_MINUS = "\N{MINUS SIGN}"
_PODS = "share of the nodes"
_OF_THE_STACK = "all else"

Amounts = Mapping[str, float]
"""What is paid for → dollars a month."""


def read_costs(file: Path) -> CostDocument | None:
    """None for what is no such document: the commit is older than it, or its program failed."""
    try:
        return CostDocument.model_validate_json(file.read_bytes())
    except pydantic.ValidationError:
        return None


def costs(before: CostDocument | None, after: CostDocument | None) -> Part:
    """By the month: all, and each job that it differs for, with what explains it."""
    if before is None or after is None:
        return Part(f"{_TITLE}\n\n{_unknown(after)}")
    rows = [row(*_cells(each)) for each in _differences(before, after)]
    if not rows:
        return Part(f"Costs (an estimate): unchanged, {_usd(after.total)} US dollars a month.")
    difference = _change(after.total - before.total)
    said = f"**{_usd(before.total)} → {_usd(after.total)} US dollars a month: {difference}.**"
    titles = head("for", "before", "after", "difference", "mostly")
    notes = [*_nodes(before, after), *_caveats(before, after), _terms(after)]
    return Part(f"{_TITLE}\n\n{said}\n\n{titles}", rows, "\n" + "\n\n".join(notes))


def _unknown(after: CostDocument | None) -> str:
    if after is None:
        return "**The difference isn't known:** no estimate could be made of this change."
    return (
        "**The difference isn't known:** no estimate could be made of the commit that this change is based on. "
        f"With it the stack costs {_usd(after.total)} US dollars a month. {_terms(after)}"
    )


@dataclass(frozen=True)
class _Difference:
    """Of a job, or of all that is for none."""

    name: str
    before: float | None
    """None: it was not there."""
    after: float | None
    lines: Sequence[tuple[str, float]]
    """What explains it, the most first."""

    @property
    def usd(self) -> float:
        return (self.after or 0) - (self.before or 0)


def _differences(before: CostDocument, after: CostDocument) -> Iterator[_Difference]:
    for job in sorted({*before.jobs, *after.jobs}):
        lines = _lines(_of_job(before, job), _of_job(after, job))
        found = _Difference(code(job), before.jobs.get(job), after.jobs.get(job), lines)
        if found.lines or abs(found.usd) >= _CENT:
            yield found
    lines = _lines(_of_stack(before), _of_stack(after))
    rest = _Difference(_OF_THE_STACK, _rest(before), _rest(after), lines)
    if rest.lines or abs(rest.usd) >= _CENT:
        yield rest


def _rest(document: CostDocument) -> float:
    return document.total - sum(document.jobs.values())


def _of_job(document: CostDocument, job: str) -> Amounts:
    own = _summed((line.what, line.usd) for line in document.lines if line.job == job)
    return {**own, _PODS: document.pods.get(job, 0)}


def _of_stack(document: CostDocument) -> Amounts:
    """Nodes less what jobs take of them: who has them explains nothing."""
    lines = [line for line in document.lines if line.job is None]
    nodes = sum(line.usd for line in lines if line.component == "Nodes") - sum(document.pods.values())
    others = _summed((line.what, line.usd) for line in lines if line.component != "Nodes")
    return {**others, "nodes, as far as no job has a share": nodes}


def _summed(lines: Iterator[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for what, usd in lines:
        found[what] = found.get(what, 0) + usd
    return found


def _lines(before: Amounts, after: Amounts) -> list[tuple[str, float]]:
    changes = {what: after.get(what, 0) - before.get(what, 0) for what in {*before, *after}}
    told = [(what, usd) for what, usd in changes.items() if abs(usd) >= _CENT]
    return sorted(told, key=lambda line: (-abs(line[1]), line[0]))


def _cells(found: _Difference) -> tuple[str, ...]:
    shown = [f"{what} {_change(usd)}" for what, usd in found.lines[:_SHOWN]]
    if rest := found.lines[_SHOWN:]:
        shown.append(f"{len(rest)} more {_change(sum(usd for _, usd in rest))}")
    amounts = ["" if usd is None else _usd(usd) for usd in (found.before, found.after)]
    return found.name, *amounts, _change(found.usd), "<br>".join(shown)


def _nodes(before: CostDocument, after: CostDocument) -> Iterator[str]:
    """Another number or type of them is why the shares differ."""
    old, new = _fleets(before), _fleets(after)
    gone, come = [each for each in old if each not in new], [each for each in new if each not in old]
    if gone or come:
        yield f"Nodes: {', '.join(map(code, gone)) or 'none'} → {', '.join(map(code, come)) or 'none'}."


def _fleets(document: CostDocument) -> list[str]:
    """`steady: 2 of m7g.large`; other lines of nodes are by the dollar or the GB."""
    return [line.what for line in document.lines if line.component == "Nodes" and " of " in line.what]


def _caveats(before: CostDocument, after: CostDocument) -> Iterator[str]:
    if before.estimator != after.estimator:
        yield "The estimate itself changes too (`costs/`), so part of the difference may be no other bill."
    if before.region != after.region:
        yield f"The region changes, and its prices with it: {code(before.region)} → {code(after.region)}."
    if after.unpriced:
        yield f"Without a price, so not in it: {', '.join(map(code, after.unpriced))}."


def _terms(document: CostDocument) -> str:
    return (
        f"An estimate by list prices of {document.prices_from} to {document.prices_to}, without tax and discounts. How "
        "much your sources write and your analysts scan is assumed, the same before and after (`docs/costs.md`)."
    )


def _usd(amount: float) -> str:
    return f"{amount:,.2f}" if abs(amount) < 10 else f"{amount:,.0f}"


def _change(amount: float) -> str:
    if abs(amount) < _CENT:
        return "±0"
    return f"{'+' if amount > 0 else _MINUS}{_usd(abs(amount))}"
