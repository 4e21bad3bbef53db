"""Who may do more or less after a change: policies compared by what they come to, not by how they are written."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from review.grants import Grant, grants, is_unknown
from review.markdown import code
from review.preview import Preview, Step
from review.values import shorten

_SHOWN = 4
_LONGEST = 90
_IS_WIDE = re.compile(r"\*|[\w-]+:\*|all but .*")
"""An action or thing that is all of them, or all of a service."""


@dataclass(frozen=True)
class PolicyChange:
    """One resource with rights in it, and how they change; texts are Markdown."""

    step: Step
    more: Sequence[str]
    less: Sequence[str]
    is_wide: bool = False
    """Whether what it gains is a wildcard."""
    is_unknown: bool = False
    """Whether the preview can't say all of it."""


def policy_changes(preview: Preview) -> list[PolicyChange]:
    """Of everything that gives rights, and gives others than before, or other ones as far as can be told."""
    found = [_compare(step) for step in preview.changed if step.is_real]
    return [change for change in found if change.more or change.less or change.is_unknown]


def _compare(step: Step) -> PolicyChange:
    old, new = step.resource(step.old), step.resource(step.new)
    if is_unknown(old) or is_unknown(new):
        return PolicyChange(step, (), (), is_unknown=True)
    before, after = grants(old), grants(new)
    if step.op == "delete" and all(grant.allows for grant in before):
        return PolicyChange(step, (), ["all of it"] if before else ())
    gained, dropped = _beyond(after, before), _beyond(before, after)
    # Who is denied less may do more.
    more = [grant for grant in gained if grant.allows] + [grant for grant in dropped if not grant.allows]
    less = [grant for grant in dropped if grant.allows] + [grant for grant in gained if not grant.allows]
    is_wide = any(_is_wide(grant, step) for grant in gained if grant.allows)
    return PolicyChange(step, _told(more), _told(less), is_wide)


def _beyond(some: frozenset[Grant], others: frozenset[Grant]) -> list[Grant]:
    """Of `some` what none of `others` comes to already, with or without wildcards."""
    same = {_spelt(grant) for grant in others}
    patterns = [grant for grant in others if re.search(r"[*?]", grant.action + grant.thing)]
    # What holds for everybody and always also holds on terms.
    left = [grant for grant in some if not {_spelt(grant), _spelt(replace(grant, terms=""))} & same]
    left = [grant for grant in left if not any(_covers(pattern, grant) for pattern in patterns)]
    return sorted(left, key=lambda grant: (grant.thing, grant.action, grant.terms))


def _spelt(grant: Grant) -> Grant:
    """IAM tells actions apart without regard to case (IAM user guide: "Action" element)."""
    return replace(grant, action=grant.action.lower())


def _covers(pattern: Grant, grant: Grant) -> bool:
    return (
        pattern.allows == grant.allows
        and pattern.terms in ("", grant.terms)
        and _regex(_spelt(pattern).action).fullmatch(_spelt(grant).action) is not None
        and _regex(pattern.thing).fullmatch(grant.thing) is not None
    )


@lru_cache(maxsize=1024)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _is_wide(grant: Grant, step: Step) -> bool:
    # In the policy of a key or a bucket, '*' is the one that has it.
    named = (grant.action, grant.thing) if step.type.startswith("aws:iam/") else (grant.action,)
    return any(_IS_WIDE.fullmatch(part) for part in named)


def _told(found: Iterable[Grant]) -> list[str]:
    """One line for each set of actions, with all things that they are allowed on."""
    by_thing: dict[tuple[str, str, bool], list[str]] = defaultdict(list)
    for grant in found:
        by_thing[grant.thing, grant.terms, grant.allows].append(grant.action)
    by_actions: dict[tuple[tuple[str, ...], str, bool], list[str]] = defaultdict(list)
    for (thing, terms, allows), actions in by_thing.items():
        by_actions[tuple(sorted(actions)), terms, allows].append(thing)
    return [
        _line(actions, things, terms, allows=allows) for (actions, terms, allows), things in sorted(by_actions.items())
    ]


def _line(actions: Sequence[str], things: Sequence[str], terms: str, *, allows: bool) -> str:
    ends = f", {code(shorten(terms, _LONGEST))}" if terms else ""
    return f"{'' if allows else 'denied: '}{_some(actions)} on {_some(things)}{ends}"


def _some(texts: Sequence[str]) -> str:
    shown = ", ".join(code(shorten(text, _LONGEST)) for text in texts[:_SHOWN])
    return shown if len(texts) <= _SHOWN else f"{shown} and {len(texts) - _SHOWN} more"
