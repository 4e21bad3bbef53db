"""The Kubernetes objects that the program declares, as the YAML files that scanners read."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.program import Program
from tests.scanners.flink_pods import pods


def write(program: Program, folder: Path) -> list[Path]:
    """One file an object, `<kind>-<name>.yaml`; for a FlinkDeployment's pods also `<kind>-<name>-<component>.yaml`."""
    folder.mkdir(parents=True)
    files: list[Path] = []
    for name, content in _objects(program):
        files.append(folder / f"{name}.yaml")
        assert not files[-1].exists(), f"two objects are {name}"
        files[-1].write_text(yaml.safe_dump(dict(content), sort_keys=False))
    return files


def _objects(program: Program) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for each in program.resources:
        # Charts and the like are no objects themselves.
        if each.type.startswith("kubernetes:") and "kind" in each.inputs:
            yield f"{each.kind}-{each.name}", each.inputs
            if each.kind == "FlinkDeployment":
                for pod in pods(each.inputs):
                    component = pod["metadata"]["labels"]["component"]
                    yield f"{each.kind}-{each.name}-{component}", pod
