"""The JSON Schemas that editors use: up to date, and of one mind with the models."""

import jsonschema
import pytest
import yaml

from infra import schemas
from tests.declared import JOBS, PROJECT, STACKS


def test_the_committed_schemas_are_those_of_the_models() -> None:
    for name, content in schemas.rendered().items():
        assert (schemas.FOLDER / name).read_text() == content, "run 'make schemas'"


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
