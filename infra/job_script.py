"""What a job's script says without running it: the columns of the lake tables that it makes. For a job without a plan
lock: `job_columns.py`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from infra.athena_types import in_athenas_words, type_of
from infra.errors import ConfigurationError
from infra.flink_sql import statements
from infra.jobs import Job, LakeTable
from infra.validation import nearest

_CREATE = re.compile(r"CREATE\s+TABLE\b", re.IGNORECASE)
_OPTIONS = re.compile(r"\)\s*(?:PARTITIONED\s+BY\s*\([^)]*\)\s*)?WITH\s*\(.*\Z", re.IGNORECASE | re.DOTALL)

_VERBATIM = re.compile(r"('(?:[^']|'')*'|--[^\n]*|/\*.*?\*/)", re.DOTALL)
"""Literals and comments, in which a type's name is a word like any other."""


@dataclass(frozen=True)
class Column:
    """A column of a lake table, with its type as Athena calls it."""

    name: str
    type: str
    nullable: bool
    description: str


def columns(job: Job) -> Mapping[str, list[Column]]:
    """Of each table that the job writes, by `<database in Glue>.<table>`; raises `ConfigurationError` where the script
    makes no such table."""
    made = [create for statement in statements(job.script) if (create := _create(statement))]
    return {f"{table.database}.{table.name}": _columns_of(job, table, made) for table in job.tables}


def _create(statement: str) -> exp.Create | None:
    if not _CREATE.match(statement):
        return None
    try:
        # The options say nothing of columns, and hold what only Flink understands.
        found = sqlglot.parse_one(_as_athena(_OPTIONS.sub(")", statement)), read="athena")
    except SqlglotError:
        return None
    return found if isinstance(found, exp.Create) else None


def _as_athena(statement: str) -> str:
    """Flink's types and literals as Athena's DDL has them, where the two differ by more than letters."""
    parts = _VERBATIM.split(statement)
    parts[::2] = [in_athenas_words(part) for part in parts[::2]]
    parts[1::2] = [_literal_as_athena(part) for part in parts[1::2]]
    return "".join(parts)


def _literal_as_athena(part: str) -> str:
    """Athena's DDL is Hive's, where a quote within quotes follows a backslash and is not doubled."""
    if not part.startswith("'"):
        return part
    return "'" + part[1:-1].replace("\\", "\\\\").replace("''", "\\'") + "'"


def _columns_of(job: Job, table: LakeTable, made: list[exp.Create]) -> list[Column]:
    database = table.write.table.partition(".")[0]
    for create in made:
        schema = create.this
        if not isinstance(schema, exp.Schema):
            continue
        name = schema.this
        if (
            name.catalog == "lake"
            and name.db in (table.database, f"${{database.{database}}}")
            and name.name == table.name
        ):
            _check_key(job, table, schema)
            return [_column(part) for part in schema.expressions if isinstance(part, exp.ColumnDef)]
    raise ConfigurationError(
        f"jobs/{job.name}/{job.files.script_file}: no statement makes the table {table.write.table} of job.yaml that "
        "could be read;\n"
        f"write CREATE TABLE IF NOT EXISTS lake.`${{database.{database}}}`.{table.name} (…), with every column's type"
    )


def _check_key(job: Job, table: LakeTable, schema: exp.Schema) -> None:
    """The same as the SQL runner does for its jobs, and before anything is deployed."""
    names = [part.name for part in schema.expressions if isinstance(part, exp.ColumnDef)]
    for column in table.write.key:
        if column not in names:
            raise ConfigurationError(
                f"jobs/{job.name}/job.yaml: writes {table.write.table} with the key column '{column}', which "
                f"{job.files.script_file} does not give the table{nearest(column, names)}"
            )
    made = [column.name for key in schema.find_all(exp.PrimaryKey) for column in key.expressions]
    if set(made) != set(table.write.key):
        raise ConfigurationError(
            f"jobs/{job.name}/{job.files.script_file}: the PRIMARY KEY of {table.write.table} is ({', '.join(made)}), "
            f"and its key in job.yaml ({', '.join(table.write.key)});\n"
            "make both the same: rows of the lake are replaced by that key, or, without one, only added"
        )


def _column(definition: exp.ColumnDef) -> Column:
    kinds = [constraint.kind for constraint in definition.constraints]
    comments = [kind.this.name for kind in kinds if isinstance(kind, exp.CommentColumnConstraint)]
    return Column(
        name=definition.name,
        type=type_of(definition),
        nullable=not any(isinstance(kind, exp.NotNullColumnConstraint) for kind in kinds),
        description=comments[0] if comments else "",
    )
