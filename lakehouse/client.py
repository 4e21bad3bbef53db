"""What a notebook uses: a lakehouse, its tables, and queries of them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lakehouse.athena import AthenaEngine
from lakehouse.contract import ColumnContract, Contract, read_contract
from lakehouse.engines import Engine
from lakehouse.errors import ContractError, LakehouseError, NoAccess
from lakehouse.files import contract_in
from lakehouse.rows import Rows
from lakehouse.running import Sandbox, SandboxEngine, running_sandbox
from lakehouse.stack import contract_of

if TYPE_CHECKING:
    from boto3.session import Session

AsOf = datetime | timedelta | int
"""A moment (with its time zone), so long ago, or the id of a snapshot."""


class Lakehouse:
    """The tables that a stack promises, queried as one of its teams.

    >>> lakehouse = Lakehouse.from_stack("acme/flink-lakehouse/prod")
    >>> orders = lakehouse.table("iceberg_orders.enriched_orders_lake")
    >>> orders.sql("SELECT order_status, count(*) AS n FROM {table} GROUP BY 1").to_pandas()

    `contract` holds all that is promised. `answered_by` says what answers queries: Athena, in the account, region and
    workgroup of the contract; or the sandbox of the checkout in which the current folder is, for the stack that runs
    there.
    """

    contract: Contract

    def __init__(
        self, contract: Contract, *, team: str | None, session: "Session | None", sandbox: Sandbox | None
    ) -> None:
        """Made by `from_stack` and `from_file`."""
        self.contract = contract
        self._team = None if team is None else contract.team(team)
        self._session = session
        self._sandbox = sandbox
        self._engine: Engine | None = None

    @classmethod
    def from_stack(cls, stack: str, *, team: str | None = None, session: "Session | None" = None) -> "Lakehouse":
        """By a stack's name in Pulumi, like 'acme/flink-lakehouse/prod'; the Pulumi CLI is asked.

        `team`: whose role and workgroup, where the stack has several teams. `session`: use these credentials as they
        are; if not given, the team's role is assumed. Raises `ContractError` and `UnknownName`.
        """
        sandbox = running_sandbox()
        if sandbox is not None and stack.rpartition("/")[2] == sandbox.stack:
            return cls(_named(sandbox.contract(), stack), team=team, session=session, sandbox=sandbox)
        try:
            return cls(_named(contract_of(stack), stack), team=team, session=session, sandbox=None)
        except ContractError as error:
            if stack.rpartition("/")[2] != "sandbox":
                raise
            hint = "the sandbox of a checkout answers within its folder, while it runs: 'lakehouse up' starts it"
            raise ContractError(f"{error}\n{hint}") from None

    @classmethod
    def from_file(cls, path: str | Path, *, team: str | None = None, session: "Session | None" = None) -> "Lakehouse":
        """By a file that holds the contract as JSON, or all outputs of the stack. Arguments and errors as those of
        `from_stack`."""
        contract = read_contract(contract_in(Path(path)), shown_as=str(path))
        sandbox = running_sandbox()
        here = sandbox is not None and sandbox.outputs.resolve() == Path(path).resolve()
        return cls(contract, team=team, session=session, sandbox=sandbox if here else None)

    @property
    def team(self) -> str:
        """Whose role and workgroup; raises `UnknownName` where it was not said, and the stack has several."""
        return self._team or self.contract.team()

    @property
    def tables(self) -> list[str]:
        """All that are promised, `<database>.<table>`; `contract.teams[…].tables` are those that a team may read."""
        return list(self.contract.tables)

    @property
    def answered_by(self) -> str:
        return str(self._ask())

    def table(self, name: str) -> "Table":
        """A table by `<database>.<table>`, or by its name alone where that is enough; raises `UnknownName`, which names
        the nearest."""
        return Table(self, self.contract.full_name(name))

    def sql(self, query: str, *, database: str | None = None) -> Rows:
        """The answer to one statement in Athena's SQL. `database`: where tables without one are looked for. Raises
        `QueryFailed` and `NoAccess`."""
        return self._ask().query(query, database=database)

    def _ask(self) -> Engine:
        if self._engine is None:
            team = self.contract.teams[self.team]
            if self._sandbox is not None:
                self._engine = SandboxEngine(self._sandbox)
            else:
                self._engine = AthenaEngine(self.contract, team, session=self._session)
        return self._engine

    def __repr__(self) -> str:
        where = f"of {self._sandbox.folder}, in its sandbox" if self._sandbox else f"in {self.contract.region}"
        return f"<Lakehouse '{self.contract.stack}' {where}: {len(self.tables)} tables>"


class Table:
    """A table of the contract: what is promised of it, as attributes, and its rows by `sql`."""

    def __init__(self, lakehouse: Lakehouse, name: str) -> None:
        """Made by `Lakehouse.table`."""
        promised = lakehouse.contract.tables[name]
        self._lakehouse = lakehouse
        self.name = name
        self.description = promised.description
        self.columns: dict[str, ColumnContract] = {column.name: column for column in promised.columns}
        """In the table's order, each with its `type` in Athena, `nullable` and `description`."""
        self.key = tuple(promised.key)
        """The columns whose values a row is known by; none: rows are only ever added."""
        self.owner = promised.owner
        """The team that answers for it."""
        self.job = promised.job
        self.freshness = promised.freshness
        """The objective for a change to be visible, at the 95th percentile, like '30s'."""
        self.tags = dict(promised.tags)

    def sql(self, query: str, *, as_of: AsOf | None = None) -> Rows:
        """The answer to one statement in Athena's SQL in which `{table}` stands for this table.

        `as_of`: the table as it was then, as far as it still has that snapshot. Raises `QueryFailed`, and `NoAccess`
        where the team may not read the table.
        """
        if "{table}" not in query:
            raise LakehouseError(
                f"the query does not say where the table stands: write {{table}} for {self.name}, as in "
                "'SELECT count(*) AS n FROM {table}'; Lakehouse.sql takes queries as they are"
            )
        self._check_access()
        database, _, short = self.name.partition(".")
        table = f'"{database}"."{short}"{_travelled(as_of)}'
        return self._lakehouse.sql(query.replace("{table}", table), database=database)

    def last_commit(self) -> datetime | None:
        """When a job last committed, to be compared with `freshness`; None: never. Compaction commits too, and does not
        count: it makes nothing fresher."""
        self._check_access()
        database, _, short = self.name.partition(".")
        (row,) = self._lakehouse.sql(
            f'SELECT max(committed_at) AS at FROM "{database}"."{short}$snapshots" WHERE operation <> \'replace\'',
            database=database,
        )
        return row["at"]

    def _check_access(self) -> None:
        team = self._lakehouse.team
        readable = self._lakehouse.contract.teams[team].tables
        if self.name not in readable:
            may = ", ".join(readable) or "none"
            raise NoAccess(
                f"the team '{team}' may not read {self.name}; those it may read: {may};\n"
                f"{self.owner} owns the table, and access.grants in the lakehouse's stack file says who reads it"
            )

    def __repr__(self) -> str:
        return f"<Table {self.name} of {self.owner}: {', '.join(self.columns)}>"


def _named(document: object, stack: str) -> Contract:
    return read_contract(document, shown_as=f"the contract of '{stack}'")


def _travelled(as_of: AsOf | None) -> str:
    match as_of:
        case None:
            return ""
        case int():
            return f" FOR VERSION AS OF {as_of}"
        case timedelta():
            return _travelled(datetime.now(UTC) - as_of)
        case datetime():
            if as_of.tzinfo is None:
                raise LakehouseError(f"as_of={as_of!r} has no time zone: datetime(…, tzinfo=UTC)")
            return f" FOR TIMESTAMP AS OF TIMESTAMP '{as_of.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC'"
