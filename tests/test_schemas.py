"""The JSON Schemas: up to date, and of one mind with the models."""

import copy
from typing import Any

import jsonschema
import pytest
import yaml

from infra import schemas
from sandbox.cloud import DeclaredOnly
from sandbox.program import run_program
from tests.declared import JOBS, PROJECT, STACKS


def test_the_committed_schemas_are_those_of_the_models() -> None:
    for name, content in schemas.rendered().items():
        assert (schemas.FOLDER / name).read_text() == content, "run 'make docs'"


@pytest.mark.parametrize("stack", STACKS)
def test_stack_files_fit_their_schema(stack: str) -> None:
    jsonschema.validate(yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text()), schemas.stack_schema())


@pytest.mark.parametrize("job", JOBS)
def test_job_manifests_fit_their_schema(job: str) -> None:
    jsonschema.validate(yaml.safe_load((PROJECT / "jobs" / job / "job.yaml").read_text()), schemas.job_schema())


def test_a_misspelt_key_does_not_fit() -> None:
    document = yaml.safe_load((PROJECT / "jobs" / "enriched-orders" / "job.yaml").read_text()) | {"paralelism": 2}
    with pytest.raises(jsonschema.ValidationError, match="paralelism"):
        jsonschema.validate(document, schemas.job_schema())


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return run_program(PROJECT, "prod", DeclaredOnly("eu-west-1")).outputs["contract"]


def test_the_output_of_a_stack_fits_the_schema_of_the_contract(contract: dict[str, Any]) -> None:
    jsonschema.validate(contract, schemas.contract_schema())
    assert contract["tables"]


def test_fields_that_a_later_version_adds_fit_it_too(contract: dict[str, Any]) -> None:
    later: dict[str, Any] = copy.deepcopy(contract) | {"version": "1.3.0", "quality": {}}
    for table in later["tables"].values():
        table["sla"] = "gold"
        table["columns"][0]["unit"] = "m"
    jsonschema.validate(later, schemas.contract_schema())


@pytest.mark.parametrize("field", ["version", "catalog", "databases", "tables", "teams"])
def test_a_contract_without_one_of_its_fields_does_not(contract: dict[str, Any], field: str) -> None:
    less = {name: value for name, value in contract.items() if name != field}
    with pytest.raises(jsonschema.ValidationError, match=f"'{field}' is a required property"):
        jsonschema.validate(less, schemas.contract_schema())
