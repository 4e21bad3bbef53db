"""What is measured, in a process of its own: `python -m bench.measured program <project> <stack> [<file>]`, or
`python -m bench.measured bare <file>`.

`program` runs the project's `__main__.py` and saves what it registers in `file`. `bare` registers the same in the
shortest way that Pulumi's SDK has: the same components, and resources of the same types, names and parents, with their
inputs as plain values. Both print what they came to, as JSON.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import pulumi

from infra.garbage import keep_everything
from sandbox.cloud import DeclaredOnly
from sandbox.pulumi_runtime import Program, run_declared

_REGION = "eu-west-1"


def main(what: str, *arguments: str) -> None:
    # As __main__.py does, whose process this stands for; run_declared would undo it when the program is through.
    keep_everything()
    cloud = DeclaredOnly(_REGION)
    if what == "program":
        # Not for `bare`, which has no use for what it imports.
        from sandbox.program import run_program

        project, stack, *file = arguments
        found = run_program(Path(project), stack, cloud)
    else:
        registrations = json.loads(Path(arguments[0]).read_text())
        found, file = run_declared(lambda: _register(registrations), cloud, stack="bare", config={}), []
    done = time.monotonic()
    print(
        json.dumps(
            {
                "resources": len(found.resources),
                "registrations": len(registrations_of(found)),
                "done": done,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )
    for path in file:
        Path(path).write_text(json.dumps(registrations_of(found)))


def registrations_of(program: Program) -> list[dict[str, Any]]:
    """Every component and resource, in the order of their registration; of a component only type and name."""
    resources = {each.urn: each for each in program.resources}
    found: list[dict[str, Any]] = []
    for urn in program.waits:
        *_, types, name = urn.split("::")
        type_ = types.rpartition("$")[2]
        if urn in resources:
            each = resources[urn]
            found.append({"urn": urn, "type": type_, "name": name, "parent": each.parent, "inputs": dict(each.inputs)})
        elif not type_.startswith("pulumi:"):
            found.append({"urn": urn, "type": type_, "name": name})
    return found


def _register(registrations: list[dict[str, Any]]) -> None:
    components: dict[str | None, pulumi.ComponentResource] = {}
    for each in registrations:
        if "inputs" in each:
            opts = pulumi.ResourceOptions(parent=components.get(each["parent"]))
            pulumi.CustomResource(each["type"], each["name"], each["inputs"], opts)
        else:
            components[each["urn"]] = pulumi.ComponentResource(each["type"], each["name"])
            components[each["urn"]].register_outputs({})


if __name__ == "__main__":
    main(*sys.argv[1:])
