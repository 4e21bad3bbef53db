"""Contracts for tests: that of the program for a stack file, and changes of it."""

import copy
from functools import cache
from typing import Any

from lakehouse.contract import Contract, read_contract
from sandbox.cloud import DeclaredOnly
from sandbox.program import run_program
from tests.declared import PROJECT

TABLE = "iceberg_orders.enriched_orders_lake"


@cache
def _produced() -> dict[str, Any]:
    return run_program(PROJECT, "prod", DeclaredOnly("eu-west-1")).outputs["contract"]


def document(**changes: Any) -> dict[str, Any]:
    """What the main program exports for the stack 'prod', with changes at the top level."""
    return copy.deepcopy(_produced()) | changes


def contract(**changes: Any) -> Contract:
    return read_contract(document(**changes))


def table(**changes: Any) -> dict[str, Any]:
    """The table, as a contract has it."""
    return document()["tables"][TABLE] | changes


def team(**changes: Any) -> dict[str, Any]:
    return document()["teams"]["analysts"] | changes
