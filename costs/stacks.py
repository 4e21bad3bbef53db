"""The stacks that somebody pays for, each with what it declares and what that costs."""

from dataclasses import dataclass
from pathlib import Path

from costs.estimate import estimate
from costs.ledger import Estimate
from costs.resources import Stack
from infra.errors import ConfigurationError
from sandbox.cloud import DeclaredOnly
from sandbox.program import read_settings, run_program

PLAYED = ("local", "sandbox")
"""The stacks that nobody pays for."""


@dataclass(frozen=True)
class Deployed:
    """A stack file's program, and what it costs."""

    name: str
    region: str
    stack: Stack
    estimate: Estimate


def deployed(project: Path) -> list[Deployed]:
    """Every stack of the project but the played ones."""
    names = sorted(path.name.split(".")[1] for path in project.glob("Pulumi.*.yaml"))
    return [deployed_stack(project, name) for name in names if name not in PLAYED]


def deployed_stack(project: Path, name: str) -> Deployed:
    """Raises what the program raises, a `ConfigurationError` for bad input; so for a stack that nobody pays for."""
    if name in PLAYED:
        raise ConfigurationError(f"the stack '{name}' is played on one machine, and nobody pays for it; name another")
    region = read_settings(project, name).aws.region
    stack = Stack.declared(run_program(project, name, DeclaredOnly(region)))
    return Deployed(name, region, stack, estimate(stack, region=region))
