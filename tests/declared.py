"""`deploy`: what a piece of Pulumi code declares, run to its end under the SDK's mocks."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from infra.settings import Settings
from sandbox.cloud import Declared, DeclaredOnly, NotFound
from sandbox.program import Program
from sandbox.pulumi_runtime import run_declared

PROJECT = Path(__file__).resolve().parent.parent
STACKS = sorted(path.name.split(".")[1] for path in PROJECT.glob("Pulumi.*.yaml"))
JOBS = sorted(path.name for path in (PROJECT / "jobs").iterdir() if path.is_dir())


@dataclass(frozen=True)
class Cloud:
    """What was declared."""

    program: Program

    def inputs(self, type_: str, name: str) -> dict[str, Any]:
        """The inputs of the one resource of this type and logical name."""
        found = [each for each in self.program.resources if each.type == type_ and each.name == name]
        assert len(found) == 1, f"{len(found)} resources are {type_} {name}"
        return dict(found[0].inputs)

    def names(self, type_: str) -> list[str]:
        return [each.name for each in self.program.resources if each.type == type_]


def deploy(declare: Callable[[], object], cloud: DeclaredOnly | None = None) -> Cloud:
    """Run `declare`, each time with an event loop and mocks of its own; what goes wrong in it is raised."""
    return Cloud(run_declared(declare, cloud or DeclaredOnly("eu-west-1"), stack="test", config={}))


class Answering(DeclaredOnly):
    """A cloud that gives these answers to look-ups, by their last word like 'getVpc'; a text is why there is none."""

    def __init__(self, **answers: Any) -> None:
        super().__init__("eu-west-1")
        self._answers = answers

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        answer = self._answers.get(token.rpartition(":")[2])
        if callable(answer):
            answer = answer(arguments)
        if isinstance(answer, str):
            raise NotFound(answer)
        return cast(dict[str, Any], answer) if answer is not None else super().invoke(token, arguments)


def settings(**changes: Any) -> Settings:
    """Small but complete settings, with changes at the top level."""
    return Settings.model_validate(document(**changes))


def document(**changes: Any) -> dict[str, Any]:
    """The same as they stand in a stack file."""
    small: dict[str, Any] = {
        "aws": {"region": "eu-west-1"},
        "databases": {"orders": {"name": "iceberg_orders"}},
        "sources": {
            "erpdb": {"engine": "mysql", "secret": "test/mysql", "database": "erp"},
            "shipdb": {"engine": "postgres", "secret": "test/postgres", "database": "ship"},
            "operations": {"engine": "mysql", "secret": "test/mysql", "database": "operations"},
            "operations-writer": {"engine": "mysql", "secret": "test/mysql-writer", "database": "operations"},
            "shop": {
                "engine": "kafka",
                "bootstrap_servers": "kafka:9092",
                "authentication": "none",
                "registry": "http://registry:8080",
            },
        },
        "cluster": {"name": "test"},
    }
    return small | changes


def copied(folder: Path) -> Path:
    """The project, to change and run; without what is set up or built."""
    project = folder / "project"
    project.mkdir()
    for name in ("Pulumi.yaml", "__main__.py", *[f"Pulumi.{stack}.yaml" for stack in STACKS]):
        shutil.copy(PROJECT / name, project)
    shutil.copytree(PROJECT / "jobs", project / "jobs")
    shutil.copytree(PROJECT / "images", project / "images", ignore=shutil.ignore_patterns("target"))
    return project


def needed_by(resource: Declared, program: Program) -> set[str]:
    """URNs of all that must stand before a resource, however indirectly, in the graph that Pulumi goes by."""
    found: set[str] = set()
    todo = [resource.urn]
    while todo:
        for urn in program.waits.get(todo.pop(), ()):
            if urn not in found:
                found.add(urn)
                todo.append(urn)
    return found
