"""The catalogue's page as a resource; what stands in it: tests/catalogue."""

from typing import Any

import pulumi
from pydantic import TypeAdapter, ValidationError

from catalogue.page import page
from infra.catalogue_page import CataloguePage
from infra.outputs import Contract
from infra.settings.names import Name
from infra.team_policy import PAGE
from tests.catalogue.given import contract, table
from tests.declared import deploy

OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
CONTRACT = contract({"iceberg_orders.copies": table()})


def declared(given: Contract = CONTRACT, *, on_aws: bool = True) -> dict[str, Any]:
    def declare() -> None:
        promised = pulumi.Output.from_input(given.model_dump())
        CataloguePage("catalogue", promised, bucket="results", kms_key_arn="arn:key", on_aws=on_aws)

    return deploy(declare).inputs(OBJECT, "catalogue")


def test_it_is_an_html_file_that_the_lakes_key_encrypts() -> None:
    made = declared()
    assert (made["bucket"], made["key"]) == ("results", "catalogue.html")
    assert made["contentType"] == "text/html; charset=utf-8"
    assert (made["serverSideEncryption"], made["kmsKeyId"]) == ("aws:kms", "arn:key")
    assert made["content"] == page(CONTRACT)


def test_it_changes_with_the_contract_and_with_nothing_else() -> None:
    assert declared() == declared()
    other = contract({"iceberg_orders.copies": table(owner="another-team")})
    assert declared(other)["content"] != declared()["content"]


def test_where_aws_is_played_it_has_no_links_to_a_console() -> None:
    assert "console.aws" in declared()["content"]
    assert "console.aws" not in declared(on_aws=False)["content"]


def test_no_workgroup_can_have_its_place() -> None:
    """Else it would expire, and a team could change it."""
    try:
        TypeAdapter(Name).validate_python(PAGE)
    except ValidationError:
        assert "/" not in PAGE
    else:
        raise AssertionError(f"a workgroup may be called {PAGE}")
