"""Runs the Pulumi program itself, `__main__.py`, for a stack: no engine, no CLI, the same declarations."""

import contextlib
import os
import runpy
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

from infra.errors import ConfigurationError
from infra.settings import KEY, PROJECT, Settings, parse_settings, stack_file
from infra.validation import nearest, parse_yaml
from sandbox.cloud import Cloud
from sandbox.pulumi_runtime import Program, run_declared

_CONFIG_KEY = f"{PROJECT}:{KEY}"


def stack_document(project: Path, stack: str) -> dict[str, Any]:
    """The raw `flink-lakehouse:settings` of a stack file; `ConfigurationError` where there is none."""
    name = stack_file(stack)
    if not (project / name).exists():
        stacks = sorted(path.name.split(".")[1] for path in project.glob("Pulumi.*.yaml"))
        raise ConfigurationError(f"{name}: no such stack file{nearest(stack, stacks)}")
    document = parse_yaml(project / name, name)
    config = cast(dict[str, Any], document).get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict) or _CONFIG_KEY not in config:
        raise ConfigurationError(f"{name}: config.{_CONFIG_KEY} is missing; it holds all settings of the stack")
    return cast(dict[str, Any], config[_CONFIG_KEY])


def read_settings(project: Path, stack: str) -> Settings:
    """A stack file's settings; `ConfigurationError` where something is wrong with them."""
    return parse_settings(stack_document(project, stack), stack=stack, folder=project)


def run_program(project: Path, stack: str, cloud: Cloud, *, aws_endpoint: str | None = None) -> Program:
    """Run `project/__main__.py` for a stack, each declared resource made by `cloud`.

    `aws_endpoint` fills in `aws.endpoint`, which is known only once the played AWS listens. Raises what the program
    raised: a `ConfigurationError` for bad input.
    """
    document = stack_document(project, stack)
    if aws_endpoint is not None and isinstance(document.get("aws"), dict):
        document["aws"]["endpoint"] = aws_endpoint

    def story() -> None:
        runpy.run_path(str(project / "__main__.py"), run_name="__main__")

    with _in_folder(project):
        return run_declared(story, cloud, stack=stack, config={_CONFIG_KEY: document})


@contextlib.contextmanager
def _in_folder(folder: Path) -> Generator[None]:
    """Pulumi runs a program in its project's folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
