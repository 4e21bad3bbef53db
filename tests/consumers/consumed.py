"""`consume`: what consumers/analytics declares, given what the main program exports."""

import json
import runpy
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from unittest import mock

import yaml

from sandbox.cloud import DeclaredOnly, NotFound
from sandbox.pulumi_runtime import run_declared
from tests.declared import PROJECT, Cloud
from tests.lakehouse.contracts import document

ANALYTICS = PROJECT / "consumers" / "analytics"
STACK = "organization/flink-lakehouse/prod"
_KEY = "lakehouse-analytics:settings"


class Stacks(DeclaredOnly):
    """A cloud beside which other stacks are deployed: name → outputs."""

    def __init__(self, **outputs: Any) -> None:
        super().__init__("eu-west-1")
        self._outputs = outputs

    def invoke(self, token: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if token != "pulumi:pulumi:StackReference":
            return super().invoke(token, arguments)
        name = arguments["name"]
        if name not in self._outputs:
            raise NotFound(f"unknown stack {name!r}")
        return {"name": name, "outputs": self._outputs[name], "secretOutputNames": []}


def settings(**changes: Any) -> dict[str, Any]:
    """Those of the project's own stack file, with changes at the top level; None takes one away."""
    own = yaml.safe_load((ANALYTICS / "Pulumi.prod.yaml").read_text())["config"][_KEY]
    return {key: value for key, value in (own | changes).items() if value is not None}


def copied(folder: Path, queries: dict[str, str] | None = None, **changes: Any) -> Path:
    """The project with other settings and further queries."""
    project = folder / "analytics"
    shutil.copytree(ANALYTICS, project, ignore=shutil.ignore_patterns("__pycache__"))
    (project / "Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {_KEY: settings(**changes)}}, sort_keys=False))
    for name, sql in (queries or {}).items():
        (project / "queries" / f"{name}.sql").write_text(sql)
    return project


def consume(project: Path = ANALYTICS, *, cloud: DeclaredOnly | None = None, contract: Any = None) -> Cloud:
    """Run the project's `__main__.py` beside a lakehouse that exports `contract`: that of the main program, where none
    is given. What it raises is raised; what it had declared until then is in `cloud`."""
    given = document() if contract is None else contract

    def story() -> Coroutine[Any, Any, None]:
        registered: list[Callable[[], Coroutine[Any, Any, None]]] = []
        # Under mocks a stack is finished before its program begins, and takes no asynchronous one.
        with mock.patch("pulumi.run", registered.append):
            runpy.run_path(str(project / "__main__.py"), run_name="__main__")
        (main,) = registered
        return main()

    config = yaml.safe_load((project / "Pulumi.prod.yaml").read_text())["config"]
    cloud = cloud or Stacks(**{STACK: {"contract": json.loads(json.dumps(given))}})
    return Cloud(run_declared(story, cloud, stack="prod", config=config, project="lakehouse-analytics"))
