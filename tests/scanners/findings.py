"""What a scanner finds, and what of it is explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Finding:
    """One thing that a scanner does not like. `where` is a path: of a file, or of a policy in the program."""

    check: str
    where: str
    message: str


@dataclass(frozen=True)
class Skip:
    """Why a check does not apply. `where` is a pattern (`*` also crosses slashes)."""

    check: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return self.check == finding.check and fnmatchcase(finding.where, self.where)


def check(findings: Sequence[Finding], skips: Sequence[Skip]) -> None:
    """Raise when a finding has no skip, or a skip has no finding any more."""
    unexplained = [finding for finding in findings if not any(skip.covers(finding) for skip in skips)]
    outdated = [skip for skip in skips if not any(skip.covers(finding) for finding in findings)]
    lines = [f"{each.where}: {each.check}: {each.message}" for each in unexplained]
    lines += [f"{each.where}: {each.check}: skipped, but not found any more: remove the skip" for each in outdated]
    assert not lines, "\n".join(["", *sorted(set(lines))])
