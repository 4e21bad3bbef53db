"""The client as analysts install it: a distribution of its own, without the Pulumi program."""

import json
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.declared import PROJECT
from tests.lakehouse.contracts import TABLE, document

CLIENT = PROJECT / "lakehouse"


def declared(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=CLIENT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_it_holds_every_module_and_nothing_else(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == {f"lakehouse/{path.name}" for path in (*CLIENT.glob("*.py"), CLIENT / "py.typed")}


def test_it_reads_a_contract_without_anything_of_the_program(wheel: Path, tmp_path: Path) -> None:
    """In an environment that has the client and what it needs, but neither Pulumi nor the sandbox."""
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    (here,) = {path for path in map(Path, sys.path) if (path / "pydantic").is_dir()}
    for name in ("annotated_types", "pydantic", "pydantic_core", "sqlglot", "typing_inspection"):
        (site / name).symlink_to(here / name)
    (site / "typing_extensions.py").symlink_to(here / "typing_extensions.py")
    (tmp_path / "contract.json").write_text(json.dumps(document()))
    script = (
        "from lakehouse import Lakehouse, check_query\n"
        "lakehouse = Lakehouse.from_file('contract.json')\n"
        "orders = lakehouse.table('enriched_orders_lake')\n"
        f"check_query(lakehouse.contract, 'SELECT order_id FROM {TABLE}')\n"
        "print(orders.name, *orders.key)\n"
        "try:\n    orders.sql('SELECT * FROM {table}')\nexcept Exception as error:\n    print(error)\n"
    )
    told = subprocess.run(
        [tmp_path / "venv" / "bin" / "python", "-I", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.splitlines()[0] == f"{TABLE} order_id", told.stderr
    assert told.stdout.splitlines()[1].startswith("PyAthena, by which Athena is asked, is not installed")


def test_it_needs_what_it_is_tested_with() -> None:
    client, program = declared(CLIENT), declared(PROJECT)
    groups = tomllib.loads((PROJECT / "pyproject.toml").read_text())["dependency-groups"]
    pinned = {
        requirement.name: next(iter(requirement.specifier)).version
        for requirement in map(Requirement, [*program["dependencies"], *groups["client"]])
    }
    needed = [Requirement(each) for each in client["dependencies"]]
    assert {each.name for each in needed} == {"pydantic", "PyAthena", "sqlglot"}
    assert all(each.specifier.contains(pinned[each.name]) for each in needed)
    assert client["version"] == program["version"]
