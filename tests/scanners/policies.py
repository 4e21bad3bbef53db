"""Every IAM policy document that the program declares, whichever property holds it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from sandbox.program import Program


@dataclass(frozen=True)
class Policy:
    """`where`: the resource's type and name, and the property."""

    where: str
    document: dict[str, Any]


def policies(program: Program) -> Iterator[Policy]:
    """A trust policy and the like say nothing of what they are attached to; scanners see that as their resource."""
    for each in program.resources:
        for path, document in _documents(dict(each.inputs)):
            statements = document["Statement"]
            for statement in cast(list[dict[str, Any]], statements if isinstance(statements, list) else [statements]):
                if "Principal" in statement and not {"Resource", "NotResource"} & statement.keys():
                    statement["Resource"] = each.outputs["arn"]
            yield Policy(f"{each.type}/{each.name}{path}", document)


def _documents(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return
    if isinstance(value, dict):
        found = cast(dict[str, Any], value)
        if "Statement" in found:
            yield path, json.loads(json.dumps(found))
        else:
            for key, part in found.items():
                yield from _documents(part, f"{path}.{key}")
    elif isinstance(value, list):
        for index, part in enumerate(cast(list[Any], value)):
            yield from _documents(part, f"{path}[{index}]")
