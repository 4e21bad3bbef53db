"""Resources as an estimate sees them: from a run of the program, or from a preview."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from sandbox.pulumi_runtime import Program


@dataclass(frozen=True)
class Resource:
    type: str
    """The Pulumi type token, like 'aws:s3/bucket:Bucket'."""
    name: str
    inputs: Mapping[str, Any]

    def at(self, *path: str) -> Any:
        """What stands at `path` of the inputs; None where there is nothing, or a preview can't know it yet."""
        return at(self.inputs, *path)


def at(value: Any, *path: str) -> Any:
    for key in path:
        value = cast(Mapping[str, Any], value).get(key) if isinstance(value, Mapping) else None
    return value


def items(value: Any) -> list[Any]:
    """The items of a list; none of anything else."""
    return cast(list[Any], value) if isinstance(value, list) else []


def owner_of(name: str, jobs: Iterable[str]) -> str | None:
    """The job whose resource this is, by the front of its name: the longest that fits."""
    return max((job for job in jobs if name.startswith(f"{job}-")), key=len, default=None)


@dataclass(frozen=True)
class Stack:
    """All resources of a stack."""

    resources: tuple[Resource, ...]

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> "Stack":
        # Not in the order of their registration, which no two runs share.
        return cls(tuple(sorted(resources, key=lambda each: (each.type, each.name))))

    @classmethod
    def declared(cls, program: "Program") -> "Stack":
        return cls.of(Resource(each.type, each.name, each.inputs) for each in program.resources)

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def all(self, *types: str) -> Iterator[Resource]:
        for type_ in types:
            yield from self._by_type.get(type_, ())

    def count(self, type_: str) -> int:
        return len(self._by_type.get(type_, ()))
