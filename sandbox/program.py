"""Runs the Pulumi program itself, `__main__.py`, for a stack: no engine, no CLI, the same declarations."""

import contextlib
import os
import runpy
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from infra.errors import ConfigurationError
from infra.jobs import job_folders
from infra.settings import KEY, PROJECT, Settings, parse_settings, stack_file
from infra.validation import nearest, parse_yaml
from sandbox.cloud import Cloud
from sandbox.pulumi_runtime import Program, run_declared

_CONFIG_KEY = f"{PROJECT}:{KEY}"


@dataclass(frozen=True)
class Here:
    """What a stack file leaves to this machine: where its servers listen, and which jobs somebody wants to run."""

    aws_endpoint: str | None = None
    bootstrap_servers: str | None = None
    registry: str | None = None
    jobs: tuple[str, ...] = ()
    """These and no others; empty: as the stack file says."""


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


def read_settings(project: Path, stack: str, here: Here | None = None) -> Settings:
    """A stack file's settings; `ConfigurationError` where something is wrong with them."""
    document = _filled_in(stack_document(project, stack), project, here or Here())
    return parse_settings(document, stack=stack, folder=project)


def run_program(project: Path, stack: str, cloud: Cloud, here: Here | None = None) -> Program:
    """Run `project/__main__.py` for a stack, each declared resource made by `cloud`.

    `here` fills in what is known only once the servers of this machine listen. Raises what the program raised: a
    `ConfigurationError` for bad input.
    """
    document = _filled_in(stack_document(project, stack), project, here or Here())

    def story() -> None:
        runpy.run_path(str(project / "__main__.py"), run_name="__main__")

    with _in_folder(project):
        return run_declared(story, cloud, stack=stack, config={_CONFIG_KEY: document})


def _filled_in(document: dict[str, Any], project: Path, here: Here) -> dict[str, Any]:
    """What is of the wrong form is left as it is: validation says so better."""
    if here.aws_endpoint is not None and isinstance(document.get("aws"), dict):
        document["aws"]["endpoint"] = here.aws_endpoint
    sources = document.get("sources")
    for found in cast(dict[str, Any], sources).values() if isinstance(sources, dict) else ():
        source = cast(dict[str, Any], found) if isinstance(found, dict) else {}
        if source.get("engine") == "kafka":
            source.setdefault("bootstrap_servers", here.bootstrap_servers)
            source.setdefault("registry", here.registry)
    if here.jobs:
        document["leave_out"] = _all_but(here.jobs, project)
    return document


def _all_but(wanted: tuple[str, ...], project: Path) -> list[str]:
    folders = [path.name for path in job_folders(project / "jobs")]
    for name in wanted:
        if name not in folders:
            raise ConfigurationError(f"there is no job folder jobs/{name}{nearest(name, folders)}")
    return [name for name in folders if name not in wanted]


@contextlib.contextmanager
def _in_folder(folder: Path) -> Generator[None]:
    """Pulumi runs a program in its project's folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
