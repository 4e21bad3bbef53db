"""What a stack is made of, as its program declares it: kinds of components, their names, what each has made."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.settings import Settings
from sandbox.cloud import Declared, DeclaredOnly
from sandbox.program import Program, read_settings, run_program

COMPONENT = "lakehouse:index:"
"""What the types of our own components begin with."""


@dataclass(frozen=True)
class Parts:
    """The program of one stack, looked at by kinds of components."""

    settings: Settings
    program: Program

    @cached_property
    def names(self) -> Mapping[str, Sequence[str]]:
        """`FlinkJob` → the logical names of the components of this kind, in the order that they are declared."""
        found: dict[str, list[str]] = {}
        for urn in self.program.waits:
            *_, types, name = urn.split("::")
            type_ = types.rpartition("$")[2]
            if type_.startswith(COMPONENT):
                found.setdefault(type_.removeprefix(COMPONENT), []).append(name)
        return found

    @property
    def contract(self) -> Mapping[str, Any]:
        return self.program.outputs["contract"]

    def resources(self, component: str | None = None, kind: str | None = None) -> list[Declared]:
        """Those of a kind that components of one kind have made, those within them included."""
        within = re.compile(rf"(\$|::){re.escape(COMPONENT)}{component or '[^$]*'}(\$|::)")
        return [
            each
            for each in self.program.resources
            if (kind is None or each.kind == kind) and within.search(each.urn) is not None
        ]

    def counted(self, component: str, *nouns: str) -> str:
        """`counted("Network", "Vpc", "NatGateway")` → 'VPC · 3 NAT gateways'; kinds that there are none of are left
        out."""
        kinds = Counter(each.kind for each in self.resources(component))
        return " · ".join(_number(kinds[kind], _NOUNS.get(kind, words(kind))) for kind in nouns if kinds[kind])


def parts_of(project: Path, stack: str) -> Parts:
    """Runs the stack's program with nothing behind it."""
    settings = read_settings(project, stack)
    return Parts(settings, run_program(project, stack, DeclaredOnly(settings.aws.region)))


def words(kind: str) -> str:
    """`NodePools` → 'Node pools'."""
    first, *others = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*", kind)
    return " ".join([first, *(other if other.isupper() and len(other) > 1 else other.lower() for other in others)])


def listed(names: Iterable[str], most: int) -> list[str]:
    """The names; of more than `most` the first ones, and how many others there are."""
    found = list(names)
    return found if len(found) <= most else [*found[: most - 1], f"{len(found) - most + 1} more"]


_NOUNS = {
    "CatalogTableOptimizer": "optimizer",
    "Key": "KMS key",
    "NatGateway": "NAT gateway",
    "OptIn": "opt-in",
    "Permissions": "grant",
    "Repository": "ECR repository",
    "Role": "IAM role",
    "Vpc": "VPC",
    "VpcEndpoint": "VPC endpoint",
    "Workgroup": "Athena workgroup",
}
"""What people call a kind of resource, where it is not its name in words."""


def _number(count: int, noun: str) -> str:
    noun = noun[0].lower() + noun[1:] if noun[1:2].islower() else noun
    if count == 1:
        return noun
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{count} {noun}s"
