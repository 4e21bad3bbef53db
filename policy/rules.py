"""How a rule becomes a policy of Pulumi's. Rules themselves know nothing of Pulumi: they read resources and yield
findings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.resources import Resource, Stack, plain


@dataclass(frozen=True)
class Finding:
    """What is wrong, in words for whoever reads the preview."""

    wrong: str
    """The place and the value, as a clause."""
    why: str
    """What it leads to, with the source."""
    remedy: str
    """What to do instead."""
    urn: str | None = None
    """For rules on a whole stack: the resource that is to blame."""

    @property
    def message(self) -> str:
        return f"{self.wrong}.\nWhy: {self.why}.\nInstead: {self.remedy}."


@dataclass
class Inputs:
    """What the program asked for, by URN. Pulumi shows stack policies outputs, of which a preview may have none."""

    by_urn: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def policy(self) -> Policy:
        """Finds nothing: takes note of every resource for the rules on the whole stack, which Pulumi asks last."""

        def note(args: ResourceValidationArgs, _: ReportViolation) -> None:
            self.by_urn[args.urn] = plain(args.props)

        return ResourceValidationPolicy(
            "note-inputs",
            "Notes what the program asks for, which rules on the whole stack compare.",
            note,
            EnforcementLevel.MANDATORY,
        )


@dataclass(frozen=True)
class ResourceRule:
    """A rule that one resource keeps or breaks, known before it is touched."""

    name: str
    description: str
    check: Callable[[Resource], Iterator[Finding]]

    def policy(self, _: Inputs) -> Policy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            for finding in self.check(Resource.registered(args)):
                report(finding.message, None)

        return ResourceValidationPolicy(self.name, self.description, validate, EnforcementLevel.MANDATORY)


@dataclass(frozen=True)
class StackRule:
    """A rule on how resources stand to each other, known once the program has ended."""

    name: str
    description: str
    check: Callable[[Stack], Iterator[Finding]]

    def policy(self, inputs: Inputs) -> Policy:
        def validate(args: StackValidationArgs, report: ReportViolation) -> None:
            resources = [Resource.deployed(each, inputs.by_urn.get(each.urn, {})) for each in args.resources]
            for finding in self.check(Stack(resources)):
                report(finding.message, finding.urn)

        return StackValidationPolicy(self.name, self.description, validate, EnforcementLevel.MANDATORY)


Rule = ResourceRule | StackRule
