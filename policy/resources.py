"""Resources as rules see them: plain data, in which what a preview can't know yet is marked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Final, cast

from pulumi_policy import PolicyResource, ResourceValidationArgs
from pulumi_policy.proxy import UnknownValueError


class Unknown(Enum):
    """The type of `UNKNOWN`."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
"""A value that is known only once something else was deployed. A rule can say nothing of it, neither that it is right
nor that it is wrong."""


def plain(value: Any) -> Any:
    """`value` as dicts and lists, `UNKNOWN` wherever reading it would raise `UnknownValueError`."""
    if isinstance(value, Mapping):
        mapping = cast(Mapping[str, Any], value)
        return {key: _read(mapping, key) for key in mapping}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        sequence = cast(Sequence[Any], value)
        return [_read(sequence, index) for index in range(len(sequence))]
    return value


def _read(container: Any, key: Any) -> Any:
    try:
        return plain(container[key])
    except UnknownValueError:
        return UNKNOWN


def at(value: Any, *path: str) -> Any:
    """What stands at `path` in plain data: None where there is nothing, `UNKNOWN` where that can't be told."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        value = cast(dict[str, Any], value).get(key) if isinstance(value, dict) else None
    return value


def each(value: Any) -> list[Any]:
    """The items of a list; of anything else but None the thing itself, as IAM and S3 write a list of one."""
    if isinstance(value, list):
        return cast(list[Any], value)
    return [] if value is None else [value]


@dataclass(frozen=True)
class Resource:
    """A resource of the stack."""

    type: str
    """The Pulumi type token, like 'aws:s3/bucket:Bucket'."""
    urn: str
    name: str
    properties: dict[str, Any]
    protected: bool = False
    dependencies: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """Property → the URNs of what its value is made of. Known also where the value is not."""

    def at(self, *path: str) -> Any:
        return at(self.properties, *path)

    @classmethod
    def registered(cls, args: ResourceValidationArgs) -> "Resource":
        """What the program asked for: inputs."""
        return cls(args.resource_type, args.urn, args.name, plain(args.props), args.opts.protect)

    @classmethod
    def deployed(cls, found: PolicyResource, inputs: Mapping[str, Any]) -> "Resource":
        """What came of it, or will: outputs, over which the inputs stand as far as they are known.

        A preview shows a resource of a provider that is itself unknown, like the objects of a cluster that is yet to be
        made, without any output.
        """
        known = {key: value for key, value in inputs.items() if value is not UNKNOWN}
        properties = {**inputs, **plain(found.props), **known}
        dependencies = {
            key: frozenset(each.urn for each in resources) for key, resources in found.property_dependencies.items()
        }
        return cls(found.resource_type, found.urn, found.name, properties, found.opts.protect, dependencies)


@dataclass(frozen=True)
class Stack:
    """All resources of a stack."""

    resources: Sequence[Resource]

    @cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return found

    def of(self, *types: str) -> Iterator[Resource]:
        for type_ in types:
            yield from self._by_type.get(type_, ())
