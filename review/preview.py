"""What `pulumi preview --json` tells of a stack (pulumi: pkg/display/json.go, PreviewDigest), as far as it is of use.

With `--show-sames` that is every resource of the stack; without, only those that change.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any

import pydantic
from pydantic import AfterValidator, Field

from policy.resources import Resource
from review import values
from review.values import Change, Path, known

UNTOUCHED = ("same", "read", "refresh")
"""Operations that change nothing. (A refresh that found something else is told as what it found: update or delete.)"""

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"

_OF_A_REPLACEMENT = ("create-replacement", "delete-replaced")
"""The two halves of `replace`, told beside it with --show-replacement-steps."""


class _Part(pydantic.BaseModel):
    # Not of our making: what Pulumi adds is no mistake.
    model_config = pydantic.ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


Values = Annotated[dict[str, Any], AfterValidator(known)]


class State(_Part):
    """A resource before or after."""

    custom: bool = False
    """Whether a provider makes something of it; if not, it only holds other resources."""
    id: str = ""
    inputs: Values = {}
    outputs: Values = {}
    protect: bool = False
    retain_on_delete: bool = Field(False, alias="retainOnDelete")


class Difference(_Part):
    """How a provider found a property to differ."""

    kind: str
    """add, update or delete, each also with `-replace`."""


class Step(_Part):
    """What is to become of one resource."""

    op: str
    urn: Annotated[str, Field(pattern=r"^urn:pulumi:[^:]+::[^:]+::.+?::.")]
    old: State | None = Field(None, alias="oldState")
    new: State | None = Field(None, alias="newState")
    replace_reasons: tuple[str, ...] = Field((), alias="replaceReasons")
    detailed_diff: Mapping[str, Difference] | None = Field(alias="detailedDiff")
    """By property path; None where nothing is known to differ. Older versions of Pulumi don't write it at all."""

    @property
    def type(self) -> str:
        """The type token, like `aws:s3/bucket:Bucket`."""
        return self.urn.split("::", 3)[2].rpartition("$")[2]

    @property
    def name(self) -> str:
        return self.urn.split("::", 3)[3]

    @property
    def is_real(self) -> bool:
        """Whether there is something behind it, and not only a component or the stack itself."""
        return any(state.custom for state in (self.old, self.new) if state)

    @property
    def changes_something(self) -> bool:
        return self.op not in UNTOUCHED

    @property
    def takes_away(self) -> bool:
        """Whether what there is goes, with or without something in its place."""
        return self.op in ("delete", "replace", "delete-replaced", "create-replacement")

    def resource(self, state: State | None) -> Resource:
        """As policies see it: what was asked for, old or new."""
        return Resource(self.type, self.urn, self.name, state.inputs if state else {}, bool(state and state.protect))

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Of an update or a replacement, by path: what is asked for, and what the provider found to differ beyond."""
        if self.old is None or self.new is None:
            return ()
        found = list(values.differences(self.old.inputs, self.new.inputs))
        paths = [change.path for change in found]
        for text, how in (self.detailed_diff or {}).items():
            path = values.parse_path(text)
            if not any(path[: len(each)] == each[: len(path)] for each in paths):
                found.append(Change(path, *self._beyond_inputs(self.old, self.new, path, how)))
        return tuple(sorted(found, key=lambda change: [str(step) for step in change.path]))

    @staticmethod
    def _beyond_inputs(old: State, new: State, path: Path, how: Difference) -> tuple[Any, Any]:
        """Of what was asked for in the same words before: what there is, and what is to be."""
        before, after = values.lookup(old.outputs, path), values.lookup(new.inputs, path)
        if before is values.ABSENT:
            before = values.lookup(old.inputs, path)
        if after is values.ABSENT and not how.kind.startswith("delete"):
            # Worked out by the provider, and not told in a preview.
            after = values.UNKNOWN
        return before, after


def _versions_joined(steps: Sequence[Step]) -> Iterator[Step]:
    """A ConfigMap whose name ends with its content's hash is another resource with each content: where one comes as
    another goes, that is a change of what it holds."""
    gone = {name: step for step in steps if step.op == "delete" and (name := _unversioned(step))}
    come = {name: step for step in steps if step.op == "create" and (name := _unversioned(step))}
    for step in steps:
        name = _unversioned(step)
        if name is None or name not in gone or name not in come or step.op not in ("create", "delete"):
            yield step
        elif step.op == "create":
            yield step.model_copy(update={"op": "replace", "old": gone[name].old})


def _unversioned(step: Step) -> str | None:
    found = re.fullmatch(r"(.+)-[0-9a-f]{10}", step.urn)
    return found[1] if found and step.type == CONFIG_MAP else None


class Diagnostic(_Part):
    """What Pulumi, a provider or the program said meanwhile."""

    message: str = ""
    severity: str = ""
    urn: str = ""


class Preview(_Part):
    """A whole preview of one stack."""

    all_steps: tuple[Step, ...] = Field((), alias="steps")
    diagnostics: tuple[Diagnostic, ...] = ()
    summary: Mapping[str, int] = Field({}, alias="changeSummary")
    """How many resources each operation has."""
    corrupt: bool = Field(False, alias="maybeCorrupt")

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """In an order that does not depend on which resource was first ready; a replacement is one step."""
        replaced = {step.urn for step in self.all_steps if step.op == "replace"}
        told = [step for step in self.all_steps if not (step.op in _OF_A_REPLACEMENT and step.urn in replaced)]
        return tuple(sorted(_versions_joined(told), key=lambda step: (step.type, step.name, step.urn, step.op)))

    @property
    def changed(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.changes_something)

    @property
    def errors(self) -> tuple[str, ...]:
        return self._said("error")

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._said("warning")

    def _said(self, severity: str) -> tuple[str, ...]:
        messages = (each.message.strip() for each in self.diagnostics if each.severity == severity)
        return tuple(sorted({message.removeprefix(f"{severity}: ") for message in messages} - {""}))
