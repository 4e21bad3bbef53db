"""The lakehouse's contract, read: its tables in a notebook, and its models for programs.

>>> from lakehouse import Lakehouse
>>> Lakehouse.from_stack("acme/flink-lakehouse/prod").tables
"""

from lakehouse.client import Lakehouse, Table
from lakehouse.contract import ColumnContract, Contract, TableContract, TeamContract, read_contract
from lakehouse.errors import ContractError, LakehouseError, NoAccess, QueryFailed, UnknownName
from lakehouse.queries import Query, check_query
from lakehouse.rows import Rows

__all__ = [
    "ColumnContract",
    "Contract",
    "ContractError",
    "Lakehouse",
    "LakehouseError",
    "NoAccess",
    "Query",
    "QueryFailed",
    "Rows",
    "Table",
    "TableContract",
    "TeamContract",
    "UnknownName",
    "check_query",
    "read_contract",
]
