"""The contract of a lakehouse, as its consumers read it: models that pass over what a later 1.x adds.

The writing side is `infra/outputs.py`. Here stand the same fields once more, because a consumer installs this package
alone, and may meet a contract that is older or newer than itself.
"""

from collections.abc import Mapping
from typing import Any, Literal, cast

import pydantic

from lakehouse.errors import ContractError, UnknownName, nearest

MAJOR = 1
"""The major version of contracts that this package reads."""


class _Read(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class ColumnContract(_Read):
    name: str
    type: str
    """As Athena calls it in queries, like 'varchar' or 'timestamp(6)'."""
    nullable: bool
    description: str = ""


class SourceContract(_Read):
    """Where the rows of a table come from: a source of the stack, by the name that jobs call it."""

    source: str
    engine: str
    tables: list[str] = []
    """Of a database."""
    topics: list[str] = []
    """Of Kafka."""


class TableContract(_Read):
    """A table that analysts may rely on."""

    description: str = ""
    columns: list[ColumnContract]
    """In the table's order."""
    key: list[str]
    """The columns whose values a row is known by; none: rows are only ever added."""
    owner: str
    """The team that answers for it."""
    job: str
    """The job that writes it."""
    sources: list[SourceContract] = []
    """What that job reads."""
    freshness: str
    """The objective for a change to be visible, at the 95th percentile."""
    tags: dict[str, str]
    """Its LF-Tags, by their keys in Lake Formation."""
    expectations: list[str] = []
    """What is true of its rows at every commit, and checked regularly, in words."""


class TeamContract(_Read):
    """How a team of analysts queries."""

    role_arn: str
    """The role to assume."""
    workgroup: str
    """The Athena workgroup."""
    results_location: str
    """Where its results lie: `s3://<bucket>/<prefix>/`."""
    results_key_arn: str | None = None
    """The KMS key that encrypts them. None: the contract is older than 1.2.0."""
    tables: list[str]
    """What the team may read: `<database>.<table>`."""


class Contract(_Read):
    """What a stack promises."""

    version: str
    stack: str
    account: str
    region: str
    catalog: str = "AwsDataCatalog"
    """The catalog's name in Athena."""
    access_mode: Literal["hybrid", "full"] | None = None
    """Who decides on access to the tables: Lake Formation for everybody ('full'), or for those who are opted in
    ('hybrid'). None: the contract is older than 1.2.0."""
    databases: dict[str, str]
    """The stack's name of a database → its name in Glue."""
    tables: dict[str, TableContract]
    """`<database in Glue>.<table>` → what is promised."""
    teams: dict[str, TeamContract]
    page: str | None = None
    """Where all of this lies as a page, for each team's role to read: `s3://<bucket>/catalogue.html`."""

    def full_name(self, table: str) -> str:
        """`<database>.<table>` as the contract has it, of a name that may leave out the database where one table alone
        is called so; raises `UnknownName`."""
        wanted = table.strip().lower()
        named = [name for name in self.tables if wanted in (name, name.partition(".")[2])]
        if len(named) == 1:
            return named[0]
        if named:
            raise UnknownName(f"several tables are called '{table}': say {' or '.join(sorted(named))}")
        if not self.tables:
            raise UnknownName(f"the stack '{self.stack}' has no table yet")
        known = self.tables if "." in wanted else [name.partition(".")[2] for name in self.tables]
        raise UnknownName(f"the stack '{self.stack}' promises no table '{table}' (any more){nearest(wanted, known)}")

    def team(self, name: str | None = None) -> str:
        """The name of a team that there is: the only one, where none is named; raises `UnknownName`."""
        if name is None:
            if len(self.teams) == 1:
                return next(iter(self.teams))
            raise UnknownName(
                f"say whose queries these are, team='…': {', '.join(sorted(self.teams))}"
                if self.teams
                else f"the stack '{self.stack}' has no team, so nobody can query by it"
            )
        if name not in self.teams:
            raise UnknownName(f"the stack '{self.stack}' has no team '{name}'{nearest(name, self.teams)}")
        return name


def read_contract(document: object, *, shown_as: str = "the contract") -> Contract:
    """`document`, as JSON or Pulumi gives it, as a contract; raises `ContractError`. `shown_as` is what it is called in
    messages."""
    if not isinstance(document, Mapping):
        raise ContractError(f"{shown_as} is no contract: it is {_shown(document)}, and should be an object")
    fields = cast(Mapping[str, Any], document)
    _check_version(fields, shown_as)
    try:
        return Contract.model_validate(dict(fields))
    except pydantic.ValidationError as error:
        found = [f"  {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    more = [f"  and {len(found) - 3} more"] if len(found) > 3 else []
    raise ContractError(
        "\n".join([f"{shown_as} says that it is version {fields['version']}, and is not:", *found[:3], *more])
    )


def _check_version(fields: Mapping[str, Any], shown_as: str) -> None:
    if "version" not in fields:
        raise ContractError(
            f"{shown_as} is no contract: it has no version; take the stack's output 'contract', and nothing around it"
        )
    version = str(fields["version"])
    major = version.partition(".")[0]
    if not major.isdecimal():
        raise ContractError(f"{shown_as} has the version '{version}', which is none like '1.2.0'")
    if int(major) > MAJOR:
        raise ContractError(
            f"{shown_as} is version {version}, and this client reads {MAJOR}.x: install a newer one (docs/contract.md, "
            "'Versions'); CHANGELOG.md says what has another meaning now"
        )
    if int(major) < MAJOR:
        raise ContractError(
            f"{shown_as} is version {version}, and this client reads {MAJOR}.x: deploy the stack with the program of "
            "today"
        )


def _shown(value: object) -> str:
    return "nothing" if value is None else f"of the type {type(value).__name__}"
