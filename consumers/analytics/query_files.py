"""The queries of `queries/`: a file each, whose first line says in a comment what it answers."""

from dataclasses import dataclass
from pathlib import Path

from infra.errors import ConfigurationError


@dataclass(frozen=True)
class QueryFile:
    shown_as: str
    description: str
    sql: str


def load_queries(folder: Path) -> dict[str, QueryFile]:
    """Name → query, of every `<name>.sql`; raises `ConfigurationError` for one that does not say what it answers."""
    return {path.stem: _load(path) for path in sorted(folder.glob("*.sql"))}


def _load(path: Path) -> QueryFile:
    shown_as = f"{path.parent.name}/{path.name}"
    sql = path.read_text()
    first = sql.partition("\n")[0].strip()
    description = first.removeprefix("--").strip()
    if not first.startswith("--") or not description:
        raise ConfigurationError(f"{shown_as}:1: the first line says what the query answers, as in '-- Late orders'")
    return QueryFile(shown_as, description, sql)
