"""`deploy`: what a piece of Pulumi code declares, run to its end under the SDK's mocks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.settings import Settings
from sandbox.cloud import DeclaredOnly
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


def deploy(declare: Callable[[], object]) -> Cloud:
    """Run `declare`, each time with an event loop and mocks of its own; what goes wrong in it is raised."""
    resources, outputs = run_declared(declare, DeclaredOnly("eu-west-1"), stack="test", config={})
    return Cloud(Program(tuple(resources), outputs))


def settings(**changes: Any) -> Settings:
    """Small but complete settings, with changes at the top level."""
    document: dict[str, Any] = {
        "aws": {"region": "eu-west-1"},
        "databases": {"orders": {"name": "iceberg_orders"}},
        "sources": {
            "erpdb": {"engine": "mysql", "secret": "test/mysql", "database": "erp"},
            "shipdb": {"engine": "postgres", "secret": "test/postgres", "database": "ship"},
        },
        "cluster": {"name": "test"},
    }
    return Settings.model_validate(document | changes)
