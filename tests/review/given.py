"""Real previews of the stacks dev and prod, and variations of them.

`previews/` holds what `pulumi preview --json --show-sames` printed for the program with one edit each, on Pulumi's own
engine with providers that only play the clouds. Cut down to what the review reads: of unchanged resources the jobs,
and of values neither positions in the source nor the longest ones that never change.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from review.comment import comment
from review.document import read
from review.preview import Preview

PREVIEWS = Path(__file__).parent / "previews"
NAMES = sorted(path.stem for path in PREVIEWS.glob("*.json"))

JOB = "urn:pulumi:dev::flink-lakehouse::kubernetes:flink.apache.org/v1beta1:FlinkDeployment"

Document = dict[str, Any]


def preview(name: str) -> Preview:
    return read(PREVIEWS / f"{name}.json")


def document(name: str) -> Document:
    return json.loads((PREVIEWS / f"{name}.json").read_text())


def varied(name: str, vary: Callable[[Document], object]) -> Preview:
    """The preview after `vary` has changed its document."""
    found = document(name)
    vary(found)
    return Preview.model_validate(found)


def job_varied(name: str, vary: Callable[[Document, Document], object]) -> Preview:
    """The preview after `vary` has changed the spec of its job, the old and the new one."""

    def change(found: Document) -> None:
        (step,) = (step for step in found["steps"] if ":FlinkDeployment" in step["urn"])
        vary(*(step[state]["inputs"]["spec"] for state in ("oldState", "newState")))

    return varied(name, change)


def step(type_: str, name: str, op: str = "update", **more: Any) -> Document:
    """One of a provider's resources, as the document has it; `old` and `new` are its inputs."""
    urn = f"urn:pulumi:dev::flink-lakehouse::{type_}::{name}"
    states = {
        f"{state}State": {"custom": True, "inputs": more.pop(state), **more.pop(f"{state}_is", {})}
        for state in ("old", "new")
        if state in more
    }
    return {"op": op, "urn": urn, "detailedDiff": None, **states, **more}


def of(*steps: Document, **more: Any) -> Preview:
    return Preview.model_validate({"steps": steps, **more})


def told(found: Preview, stack: str = "dev") -> str:
    return comment(found, stack)
