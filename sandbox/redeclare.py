"""The program run again beside what it declared before: what an edit changes, found out before anything is touched."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.errors import ConfigurationError
from sandbox.addresses import Aws
from sandbox.aws.provision import MADE_AGAIN, PlayedCloud, is_made
from sandbox.cloud import Declared, Properties, computed
from sandbox.program import Program


@dataclass(frozen=True)
class Later:
    """A resource that is new, or has other inputs than before, and is still to be made."""

    type: str
    name: str
    inputs: Properties


class SecondLook:
    """A cloud in which what was there before still is, and nothing else is made yet: `later` has that."""

    def __init__(self, before: Program, aws: Aws) -> None:
        self._before = {(each.type, each.name): each for each in before.resources}
        self._played = PlayedCloud(aws)
        self._region = aws.region
        self.later: list[Later] = []

    def create(self, type_: str, name: str, inputs: Properties) -> Declared:
        before = self._before.get((type_, name))
        if before is not None and before.inputs == inputs:
            return before
        id_, outputs = computed(type_, name, inputs, self._region)
        if not is_made(type_):
            return Declared(type_, name, inputs, outputs, id_, real=self._played.is_real(type_))
        if before is not None and type_ not in MADE_AGAIN:
            raise ConfigurationError(
                f"the edit changes {before.kind} {name}, which a running sandbox can't; "
                "'lakehouse down' and 'lakehouse up' start one with it"
            )
        self.later.append(Later(type_, name, inputs))
        kept: Mapping[str, Any] = before.outputs if before else {}
        return Declared(type_, name, inputs, {**outputs, **kept}, before.id if before else id_, real=True)

    def invoke(self, token: str, arguments: Properties) -> Properties:
        return self._played.invoke(token, arguments)

    def make(self) -> None:
        """What is `later`, now."""
        for each in self.later:
            before = self._before.get((each.type, each.name))
            self._played.make_again(each.type, each.name, each.inputs, before)


def outputs(before: Program, after: Program, job: str) -> dict[str, Any]:
    """The contract with one job as it is now, and the others as they run."""
    tables = before.outputs["contract"]["tables"]
    new = after.outputs["contract"]
    kept = {name: table for name, table in tables.items() if table["job"] != job}
    own = {name: table for name, table in new["tables"].items() if table["job"] == job}
    return {**after.outputs, "contract": {**new, "tables": dict(sorted((kept | own).items()))}}
