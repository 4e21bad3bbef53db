from typing import Any

import pytest
from pydantic import BaseModel

import infra.outputs as written
import lakehouse.contract as read
from lakehouse import ContractError, UnknownName, read_contract
from tests.declared import STACKS
from tests.lakehouse.contracts import TABLE, contract, document, table, team
from tests.test_program import program

PAIRS: list[tuple[type[BaseModel], type[BaseModel]]] = [
    (written.Contract, read.Contract),
    (written.TableContract, read.TableContract),
    (written.ColumnContract, read.ColumnContract),
    (written.SourceContract, read.SourceContract),
    (written.TeamContract, read.TeamContract),
]


@pytest.mark.parametrize(("writes", "reads"), PAIRS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_readers_know_every_field_that_is_written(writes: type[BaseModel], reads: type[BaseModel]) -> None:
    assert list(reads.model_fields) == list(writes.model_fields), "lakehouse/contract.py is not as infra/outputs.py"


@pytest.mark.parametrize("stack", STACKS)
def test_what_every_stack_exports_is_read_whole(stack: str) -> None:
    exported = program(stack).outputs["contract"]
    assert read_contract(exported).model_dump() == exported


def test_what_a_later_version_adds_is_passed_over() -> None:
    later = document(version="1.99.0", lineage={"a": []}, tables={TABLE: table(sla="gold")})
    later["tables"][TABLE]["columns"][0]["unit"] = "m"
    assert read_contract(later).tables == contract().tables


def test_an_older_contract_lacks_what_was_added_since() -> None:
    old = document(version="1.1.0")
    del old["access_mode"], old["teams"]["analysts"]["results_key_arn"]
    found = read_contract(old)
    assert (found.access_mode, found.teams["analysts"].results_key_arn) == (None, None)


REFUSED: list[tuple[Any, str]] = [
    (document(version="2.0.0"), "'prod' is version 2.0.0, and this client reads 1.x: install a newer one"),
    (document(version="0.9.0"), "'prod' is version 0.9.0, and this client reads 1.x: deploy the stack"),
    (document(version="next"), "'prod' has the version 'next', which is none"),
    ({"contract": document()}, "'prod' is no contract: it has no version; take the stack's output 'contract'"),
    (None, "'prod' is no contract: it is nothing"),
    (["a"], "'prod' is no contract: it is of the type list"),
    (document(tables={TABLE: {"columns": 1}}), f"says that it is version 1.*and is not:\n  tables.{TABLE}.columns: "),
]


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_what_is_no_contract_of_ours_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        read_contract(given, shown_as="'prod'")


def test_a_table_is_found_by_its_whole_name_or_its_own() -> None:
    found = contract()
    assert found.full_name(TABLE) == found.full_name("enriched_orders_lake") == found.full_name(TABLE.upper()) == TABLE


def test_a_name_that_two_tables_have_is_not_enough() -> None:
    twice = contract(tables={TABLE: table(), "archive.enriched_orders_lake": table()})
    with pytest.raises(UnknownName, match=f"say archive.enriched_orders_lake or {TABLE}"):
        twice.full_name("enriched_orders_lake")


def test_a_table_that_is_gone_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match=f"no table 'iceberg_orders.enriched_order_lake'.*; did you mean '{TABLE}'"):
        contract().full_name("iceberg_orders.enriched_order_lake")
    with pytest.raises(UnknownName, match="the stack 'prod' has no table yet"):
        contract(tables={}).full_name(TABLE)


def test_a_team_need_not_be_named_where_there_is_one() -> None:
    assert contract().team() == "analysts"
    two = contract(teams={"analysts": team(), "finance": team()})
    assert two.team("finance") == "finance"
    with pytest.raises(UnknownName, match=r"team='…': analysts, finance"):
        two.team()
    with pytest.raises(UnknownName, match="no team 'finanse'; did you mean 'finance'"):
        two.team("finanse")
    with pytest.raises(UnknownName, match="has no team, so nobody can query"):
        contract(teams={}).team()
