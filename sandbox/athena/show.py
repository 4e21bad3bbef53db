"""The statements that ask what there is: SHOW DATABASES, SHOW TABLES, SHOW COLUMNS, SHOW CREATE TABLE, DESCRIBE."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.athena.tables import Lake, QueryError, Table, TableName

Answer = tuple[Sequence[str], list[tuple[object, ...]]]

_NAME = r'(?:(?:"[^"]+"|`[^`]+`|[\w-]+)\.){0,2}(?:"[^"]+"|`[^`]+`|[\w-]+)'
_DATABASES = re.compile(r"SHOW\s+(?:DATABASES|SCHEMAS)", re.IGNORECASE)
_TABLES = re.compile(rf"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+(?P<name>{_NAME}))?(?:\s+'(?P<like>[^']*)')?", re.IGNORECASE)
_COLUMNS = re.compile(rf"SHOW\s+COLUMNS\s+(?:IN|FROM)\s+(?P<name>{_NAME})", re.IGNORECASE)
_CREATE = re.compile(rf"SHOW\s+CREATE\s+TABLE\s+(?P<name>{_NAME})", re.IGNORECASE)
_DESCRIBE = re.compile(rf"DESC(?:RIBE)?\s+(?P<name>{_NAME})", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def show(sql: str, lake: Lake, *, database: str | None) -> Answer:
    """Columns and rows for a SHOW or DESCRIBE; `database` is where a table without one is looked for."""
    text = _COMMENT.sub(" ", sql).strip().rstrip("; \n\t")
    if _DATABASES.fullmatch(text):
        return ("database_name",), [(name,) for name in lake.databases()]
    if found := _TABLES.fullmatch(text):
        return ("tab_name",), [(name,) for name in _tables(lake, found["name"], found["like"], database)]
    if found := _COLUMNS.fullmatch(text):
        table = _table(lake, found["name"], database)
        return ("field",), [(field["name"],) for field in table.schema["fields"]]
    if found := _CREATE.fullmatch(text):
        return ("createtab_stmt",), [(create_table(_table(lake, found["name"], database)),)]
    if found := _DESCRIBE.fullmatch(text):
        fields = _table(lake, found["name"], database).schema["fields"]
        rows = [(field["name"], athena_type(field["type"]), field.get("doc", "")) for field in fields]
        return ("col_name", "data_type", "comment"), [*rows]
    raise QueryError(
        f"not understood: {' '.join(text.split())[:100]}\n"
        "Possible: SHOW DATABASES, SHOW TABLES [IN db], SHOW COLUMNS IN db.t, SHOW CREATE TABLE db.t, DESCRIBE db.t\n"
        'What was written: SELECT * FROM db."t$history", or $snapshots, $files, $manifests, $partitions, $refs'
    )


def athena_type(kind: str | Mapping[str, Any]) -> str:
    """An Iceberg type as Athena writes it in DDL."""
    if isinstance(kind, str):
        if kind.startswith("decimal"):
            return kind.replace(" ", "")
        if kind.startswith("fixed"):
            return "binary"
        return {"long": "bigint", "timestamptz": "timestamp with time zone", "uuid": "string"}.get(kind, kind)
    match kind["type"]:
        case "list":
            return f"array<{athena_type(kind['element'])}>"
        case "map":
            return f"map<{athena_type(kind['key'])},{athena_type(kind['value'])}>"
        case _:
            inside = ",".join(f"{field['name']}:{athena_type(field['type'])}" for field in kind["fields"])
            return f"struct<{inside}>"


def create_table(table: Table) -> str:
    """The CREATE TABLE that would make a table like this one."""
    fields = table.schema["fields"]
    columns = ",\n".join(f"  {field['name']} {athena_type(field['type'])}" for field in fields)
    names = {field["id"]: field["name"] for field in fields}
    partitions = [_transform(field["transform"], names[field["source-id"]]) for field in table.partition_fields]
    partitioned = f"PARTITIONED BY ({', '.join(partitions)})\n" if partitions else ""
    properties = ",\n".join(
        f"  '{key}'='{value}'"
        for key, value in {"table_type": "iceberg", **table.metadata.get("properties", {})}.items()
    )
    return (
        f"CREATE TABLE {table.name} (\n{columns})\n{partitioned}"
        f"LOCATION '{table.metadata['location']}'\nTBLPROPERTIES (\n{properties}\n)"
    )


def _transform(transform: str, column: str) -> str:
    if transform == "identity":
        return f"`{column}`"
    function, _, argument = transform.rstrip("]").partition("[")
    return f"{function}({f'{argument}, ' if argument else ''}`{column}`)"


def _tables(lake: Lake, name: str | None, like: str | None, database: str | None) -> list[str]:
    wanted = _parts(name)[-1] if name else database
    if not wanted:
        raise QueryError(f"say which database: SHOW TABLES IN {' | '.join(lake.databases()) or '<database>'}")
    tables = lake.tables(wanted)
    # Athena's pattern: * for any letters, | between alternatives.
    pattern = re.compile("|".join(re.escape(part).replace(r"\*", ".*") for part in (like or "*").lower().split("|")))
    return [table for table in tables if pattern.fullmatch(table)]


def _table(lake: Lake, name: str, database: str | None) -> Table:
    parts = _parts(name)
    if len(parts) == 1 and not database:
        raise QueryError(f"say which database: <database>.{name}")
    return lake.table(TableName(parts[-2] if len(parts) > 1 else str(database), parts[-1]))


def _parts(name: str) -> list[str]:
    return [part.strip('"`').lower() for part in re.findall(r'"[^"]+"|`[^`]+`|[^.]+', name)]
