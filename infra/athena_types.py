"""Flink's types as Athena calls them."""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from infra.errors import ConfigurationError

_TYPES = {
    r"\bBYTES\b": "VARBINARY",
    r"\bSTRING\b": "VARCHAR",
    r"\bROW\s*<": "STRUCT<",
    r"\bTIMESTAMP_LTZ\b(\(\d\))?": r"TIMESTAMP\1 WITH TIME ZONE",
    r"\bTIMESTAMP(\(\d\))? WITH LOCAL TIME ZONE\b": r"TIMESTAMP\1 WITH TIME ZONE",
}


def in_athenas_words(code: str) -> str:
    """Flink's types within `code` as Athena's DDL has them, where the two differ by more than letters."""
    for flink, athena in _TYPES.items():
        code = re.sub(flink, athena, code, flags=re.IGNORECASE)
    return code


def athena_type(flink: str) -> str:
    """`STRING` → `varchar`; raises `ConfigurationError` for a type that Athena has no name for."""
    # What is within a row or an array may be NULL or not; Athena doesn't say.
    code = in_athenas_words(flink.replace(" NOT NULL", ""))
    try:
        made = sqlglot.parse_one(f"CREATE TABLE t (c {code})", read="athena")
    except SqlglotError:
        made = None
    definition = made.find(exp.ColumnDef) if made else None
    if definition is None:
        raise ConfigurationError(f"Athena has no type like Flink's {flink}; CAST the column to another")
    return type_of(definition)


def type_of(definition: exp.ColumnDef) -> str:
    """Of a column in Athena's DDL, as its queries call it."""
    return definition.args["kind"].sql("trino").lower().replace('"', "")
