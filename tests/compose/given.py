"""compose.yaml, and what stands in local/ for the same servers."""

import re
from typing import Any, cast

import yaml

from tests.declared import PROJECT

FILE = PROJECT / "compose.yaml"
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)")


def services() -> dict[str, dict[str, Any]]:
    return cast(dict[str, dict[str, Any]], yaml.safe_load(FILE.read_text())["services"])


def local_container(file: str) -> dict[str, Any]:
    """The one container of a file of local/."""
    documents = yaml.safe_load_all((PROJECT / "local" / file).read_text())
    (deployment,) = [each for each in documents if each["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return container


def dotenv(text: str) -> dict[str, str]:
    """What Compose reads of a file of variables in single quotes."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = dict(line.split("=", 1) for line in lines)
    assert all(value[0] == value[-1] == "'" and "'" not in value[1:-1] for value in found.values())
    return {name: value[1:-1] for name, value in found.items()}
