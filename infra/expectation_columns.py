"""Whether expectations name columns that there are, and values that these can have, before anything is deployed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.errors import ConfigurationError
from infra.job_checks import Problem
from infra.job_columns import columns
from infra.job_manifest import Write
from infra.job_script import Column
from infra.jobs import Job
from infra.validation import nearest, place

_FITS = {
    "varchar": str,
    "char": str,
    "boolean": bool,
    "tinyint": int,
    "smallint": int,
    "integer": int,
    "bigint": int,
    "decimal": int,
}
"""Athena's types, without their parameters, whose values job.yaml can write → what it writes them as."""
_CALLED = {str: "a text in quotes", bool: "true or false", int: "a whole number"}
_NOT_TEXT = ("varbinary", "array", "map", "row")
"""Types whose values Athena can't show as text."""


def check_expectations(jobs: Sequence[Job], *, folder: Path) -> None:
    """Raise `ConfigurationError` for the first that the tables of `jobs` can't be asked about; `folder` is the
    project's, for line numbers."""
    for job in jobs:
        if not any(table.write.expectations.each(table.write.key) for table in job.tables):
            continue
        found = columns(job)
        for index, table in enumerate(job.tables):
            for location, problem in problems(table.write, found[f"{table.database}.{table.name}"]):
                shown_as = f"jobs/{job.name}/job.yaml"
                at = place(shown_as, folder / shown_as, ("writes", index, "expectations", *location))
                raise ConfigurationError(f"{at}: {problem}")


def problems(write: Write, found: Sequence[Column]) -> Iterator[Problem]:
    """Where in the expectations of a table with these columns, and what is wrong there."""
    expectations = write.expectations
    types = {column.name: column.type.partition("(")[0] for column in found}
    for location, column in expectations.columns():
        if column not in types:
            yield location, f"{write.table} has no column '{column}'{nearest(column, list(types))}"
    for column in write.key if expectations.unique is True else expectations.unique or []:
        if types.get(column) in _NOT_TEXT:
            yield ("unique",), f"the column '{column}' is of the type {types[column]}, which can't be compared here"
    for column, values in expectations.accepted_values.items():
        wanted = _FITS.get(types.get(column, ""))
        if wanted is None and column in types:
            known = ", ".join(_FITS)
            problem = f"the column '{column}' is of the type {types[column]}, and this is for columns of {known}"
            yield ("accepted_values", column), problem
        for index, value in enumerate(values):
            if wanted is not None and type(value) is not wanted:
                problem = f"{value!r} is no value of '{column}', which is {types[column]}: write {_CALLED[wanted]}"
                yield ("accepted_values", column, index), problem
