from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from infra.outputs import CONTRACT_VERSION, Contract

TABLE: dict[str, Any] = {
    "columns": [{"name": "a", "type": "integer", "nullable": False}],
    "key": ["a"],
    "owner": "a-team",
    "job": "copy",
    "freshness": "30s",
    "tags": {},
}
CONTRACT: dict[str, Any] = {
    "stack": "test",
    "account": "123456789012",
    "region": "eu-west-1",
    "access_mode": "hybrid",
    "databases": {"orders": "iceberg_orders"},
    "tables": {"iceberg_orders.copies": TABLE},
    "teams": {},
}


def test_a_contract_says_its_version_by_itself() -> None:
    assert Contract.model_validate(CONTRACT).version == CONTRACT_VERSION == "1.2.0"


WRONG: list[dict[str, Any]] = [
    {"tables": {"iceberg_orders.copies": TABLE | {"columns": []}}},
    {"tables": {"iceberg_orders.copies": TABLE | {"colums": []}}},
    {"version": "one"},
    {"teams": {"analysts": {"role_arn": "me", "workgroup": "w", "results_location": "s3://r/", "tables": []}}},
]


@pytest.mark.parametrize("change", WRONG)
def test_what_is_no_contract_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Contract.model_validate(CONTRACT | change)


def test_a_consumer_reads_it_back_from_plain_data() -> None:
    contract = Contract.model_validate(CONTRACT)
    assert Contract.model_validate(contract.model_dump(mode="json")) == contract
    assert not isinstance(contract.stack, pulumi.Output)
