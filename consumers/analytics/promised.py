"""The lakehouse's contract, and whether it has what this project needs: asked before anything is declared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi

from consumers.analytics.query_files import QueryFile
from consumers.analytics.settings import Settings, wrong
from infra.errors import ConfigurationError
from infra.validation import nearest
from lakehouse.contract import Contract, TeamContract, read_contract
from lakehouse.errors import ContractError, LakehouseError, UnknownName
from lakehouse.queries import Query, check_query

_SINCE = "1.2.0"
"""The version that has `access_mode` and `results_key_arn`."""


@dataclass(frozen=True)
class Place:
    """Where the team queries, and how access is decided there."""

    region: str
    account_id: str
    partition: str
    catalog: str
    hybrid: bool
    """Whether Lake Formation decides for those alone who are opted in."""
    workgroup: str
    results_arn: str
    """The place of results: `arn:<partition>:s3:::<bucket>/<prefix>`."""
    results_key_arn: str


async def contract_of(stack: str) -> Contract:
    """What the stack exports; raises `ConfigurationError`."""
    found = await pulumi.StackReference(stack).get_output_details("contract")
    if found.value is None:
        raise ConfigurationError(
            f"the stack '{stack}' has no output 'contract': it is no lakehouse, or not deployed yet"
        )
    try:
        return read_contract(found.value, shown_as=f"the contract of '{stack}'")
    except ContractError as error:
        raise ConfigurationError(str(error)) from None


def place_of(contract: Contract, settings: Settings, *, folder: Path) -> Place:
    """Raises `ConfigurationError` for a team that the contract does not have; `folder` is the project's."""
    try:
        team = contract.teams[contract.team(settings.team)]
    except UnknownName as error:
        raise wrong(folder, ("team",), error) from None
    if contract.access_mode is None or team.results_key_arn is None:
        raise ConfigurationError(
            f"the contract of '{settings.lakehouse}' is {contract.version}, and this project needs {_SINCE} or a later "
            "1.x: deploy the lakehouse with the program of today first"
        )
    partition = team.role_arn.split(":")[1]
    return Place(
        region=contract.region,
        account_id=contract.account,
        partition=partition,
        catalog=contract.catalog,
        hybrid=contract.access_mode == "hybrid",
        workgroup=team.workgroup,
        results_arn=f"arn:{partition}:s3:::{team.results_location.removeprefix('s3://').rstrip('/')}",
        results_key_arn=team.results_key_arn,
    )


def check_tables(contract: Contract, settings: Settings, *, folder: Path) -> None:
    """Raise `ConfigurationError` for a table of the reader that is gone, or that the team itself may not read."""
    team = contract.teams[settings.team]
    for index, name in enumerate(settings.reader.tables):
        try:
            contract.full_name(name)
            _check_readable([name], settings.team, team)
        except LakehouseError as error:
            raise wrong(folder, ("reader", "tables", index), error) from None


def check_queries(contract: Contract, settings: Settings, files: Mapping[str, QueryFile]) -> dict[str, Query]:
    """Each query, with the tables that it reads; raises `ConfigurationError` for one that the contract, or what the
    team may read, cannot answer."""
    return {name: _checked(contract, settings.team, file) for name, file in files.items()}


def check_reports(settings: Settings, queries: Mapping[str, Query], *, folder: Path) -> None:
    """Raise `ConfigurationError` for a report without a query, or that the reader may not read the tables of."""
    for name in settings.reports:
        if name not in queries:
            problem = f"there is no queries/{name}.sql{nearest(name, list(queries))}"
            raise wrong(folder, ("reports", name), problem)
        for table in sorted(queries[name].tables - set(settings.reader.tables)):
            problem = f"queries/{name}.sql reads {table}, and the reader may not: add it to reader.tables"
            raise wrong(folder, ("reports", name), problem)


def _checked(contract: Contract, team: str, file: QueryFile) -> Query:
    try:
        query = check_query(contract, file.sql)
        if not query.tables:
            raise LakehouseError("it reads no table of the lakehouse")
        _check_readable(sorted(query.tables), team, contract.teams[team])
    except LakehouseError as error:
        raise ConfigurationError(f"{file.shown_as}: {error}") from None
    return query


def _check_readable(tables: Collection[str], name: str, team: TeamContract) -> None:
    for table in tables:
        if table not in team.tables:
            may = ", ".join(team.tables) or "nothing"
            raise LakehouseError(f"the team '{name}' may not read {table}; it may read: {may}")
