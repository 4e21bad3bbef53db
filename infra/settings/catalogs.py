"""`catalogs:` Iceberg catalogs beside the lake's own, by the name that scripts call them: tables that others keep, on
premises or elsewhere.

A job that names one in its job.yaml finds it as `<catalog>.<database>.<table>`. No secret value stands here: what a
catalog wants to be told is in an entry of Secrets Manager.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.names import written
from infra.validation import Strict

_THRIFT = r"^thrift://[\w.-]+:\d+(,thrift://[\w.-]+:\d+)*$"
_WAREHOUSE = r"^s3://[a-z0-9][a-z0-9.-]+(/[^\s\"]+)?$"

_TAKEN = {
    "lake": "it is the stack's own catalog, in Glue",
    "default_catalog": "it is Flink's own, which a script's temporary tables are in",
}
_SECRETS = ("password", "secret", "token", "credential", "access-key")


def _not_taken(name: str) -> str:
    if name in _TAKEN:
        raise ValueError(f"a catalog cannot be called '{name}': {_TAKEN[name]}")
    return name


def _no_secrets(properties: dict[str, str]) -> dict[str, str]:
    for key, value in properties.items():
        if any(word in key for word in _SECRETS):
            raise ValueError(f"'{key}' is a secret, which has no place in a stack file; name an entry with `secret`")
        if '"' in value or "\\" in value:
            raise ValueError(f"the value of '{key}' has a quote or a backslash in it")
    return properties


CatalogName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,38}$"), AfterValidator(_not_taken)]
"""As SQL takes it without quotes."""
Place = Annotated[str, written(_WAREHOUSE, "a place like 's3://bucket/prefix'"), StringConstraints(pattern=_WAREHOUSE)]
Properties = Annotated[dict[str, str], AfterValidator(_no_secrets)]
"""Further properties of the catalog, over those that are derived, like `s3.endpoint` for an object store of one's own
(Iceberg docs: "Catalog properties", "AWS integrations")."""
Entry = Annotated[str, StringConstraints(min_length=1)]


class HiveCatalog(Strict):
    """A Hive Metastore, which authenticates nobody: who reaches it may use it."""

    type: Literal["hive"]
    uri: Annotated[str, written(_THRIFT, "a metastore like 'thrift://host:9083'"), StringConstraints(pattern=_THRIFT)]
    """Of several, separated by commas, the first that answers is used."""
    warehouse: Place
    """Where tables that a job makes go; others lie where the metastore says."""
    properties: Properties = {}


class RestCatalog(Strict):
    """A catalog by Iceberg's REST API, like Polaris, Lakekeeper, Nessie or Unity."""

    type: Literal["rest"]
    uri: Annotated[str, StringConstraints(pattern=r"^https?://[^\s\"]+$")]
    warehouse: Annotated[str, StringConstraints(pattern=r"^[^\s\"]+$")] | None = None
    """What the server calls it: a name, or a place; None: its default."""
    secret: Entry | None = None
    """The Secrets Manager entry with what the server wants to be told: JSON with 'credential', `<client>:<secret>` of
    OAuth 2."""
    properties: Properties = {}


class JdbcCatalog(Strict):
    """A catalog in two tables of a PostgreSQL database, which needs no server of its own."""

    type: Literal["jdbc"]
    secret: Entry
    """The Secrets Manager entry: JSON with 'host', 'port', 'username' and 'password', as RDS writes them."""
    database: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][\w-]*$")]
    """The database that holds the catalog; its tables are made where they are missing."""
    warehouse: Place
    properties: Properties = {}


CatalogSettings = Annotated[HiveCatalog | RestCatalog | JdbcCatalog, Field(discriminator="type")]
