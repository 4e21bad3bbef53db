"""Iceberg tables: each has a place of its own, and what keeps it small and fast."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from policy import flink
from policy.locations import DATABASE, TABLE, Location, location
from policy.resources import UNKNOWN, Resource, Stack
from policy.rules import Finding, StackRule

OPTIMIZER = "aws:glue/catalogTableOptimizer:CatalogTableOptimizer"

_OPTIMIZERS = {
    "compaction": "every commit adds small files and delete files, which each query has to open and apply",
    "retention": "every commit adds a snapshot, and all its files are kept until it expires",
    "orphan_file_deletion": "what a failed commit wrote stays on S3, and is paid for, until somebody looks for it",
}


def _without_optimizers(stack: Stack) -> Iterator[Finding]:
    optimized = {
        _target(each) for each in stack.of(OPTIMIZER) if each.at("configuration", "enabled") in (True, UNKNOWN)
    }
    uncertain = [target for target in optimized if UNKNOWN in target]
    for job in flink.jobs(stack):
        for table in flink.tables(job):
            missing = [
                kind
                for kind in _OPTIMIZERS
                if table.key
                and (target := (table.database, table.table, kind)) not in optimized
                and not any(_may_be(each, target) for each in uncertain)
            ]
            if missing:
                why = "; ".join(_OPTIMIZERS[kind] for kind in missing)
                yield Finding(
                    f"The upsert table {table.full_name} of the job {job.name} has no enabled optimizer of the type "
                    f"{' and none of '.join(missing)}",
                    f'{why} (Glue user guide: "Optimizing Iceberg tables")',
                    "give it a CatalogTableOptimizer of each type, which depends on the job: that makes the table",
                    job.urn,
                )


def _target(optimizer: Resource) -> tuple[Any, ...]:
    return (optimizer.at("databaseName"), optimizer.at("tableName"), optimizer.at("type"))


def _may_be(known: tuple[Any, ...], target: tuple[str, ...]) -> bool:
    return all(part in (wanted, UNKNOWN) for part, wanted in zip(known, target, strict=True))


@dataclass(frozen=True)
class _Place:
    location: Location
    called: str
    urn: str


def _one_location(stack: Stack) -> Iterator[Finding]:
    yield from _two_writers(stack)
    yield from _overlaps("databases", [*_databases(stack)], _DATABASES)
    yield from _overlaps("tables", [*_tables(stack)], _TABLES)


_DATABASES = (
    "two catalogs then own the same files: what is dropped or cleaned up in one is gone from the other",
    "give each database a location_uri of its own",
)
_TABLES = (
    "removing the orphan files of one removes the data of the other, of which it knows nothing (Iceberg docs: "
    '"Maintenance", delete orphan files)',
    "give each table a location of its own; best none at all, it is then derived from the table's name",
)


def _two_writers(stack: Stack) -> Iterator[Finding]:
    writer: dict[str, Resource] = {}
    for job in flink.jobs(stack):
        for table in flink.tables(job):
            other = writer.setdefault(table.full_name, job)
            if other.urn != job.urn:
                yield Finding(
                    f"The jobs {other.name} and {job.name} both write the table {table.full_name}",
                    "each replaces the other's rows, in no order that anybody can tell, and their commits conflict "
                    '(Iceberg docs: "Reliability", concurrent write operations)',
                    "give one of them another table, or union both in one job",
                    job.urn,
                )


def _overlaps(what: str, places: list[_Place], reasons: tuple[str, str]) -> Iterator[Finding]:
    for outer, inner in pairwise(sorted(places, key=lambda place: place.location.parts)):
        if outer.location.contains(inner.location):
            yield Finding(
                f"Two {what} lie in one place: {inner.called} in {inner.location}, {outer.called} in {outer.location}",
                *reasons,
                inner.urn,
            )


def _databases(stack: Stack) -> Iterator[_Place]:
    for database in stack.of(DATABASE):
        if found := location(database.at("locationUri")):
            yield _Place(found, _name(database.at("name"), database), database.urn)


def _tables(stack: Stack) -> Iterator[_Place]:
    """Those that the stack makes, and those of the jobs, where Iceberg puts them: below their database."""
    places: dict[str, _Place] = {}
    databases = {place.called: place.location for place in _databases(stack)}
    for job in flink.jobs(stack):
        for table in flink.tables(job):
            if within := databases.get(table.database):
                prefix = f"{within.prefix}/{table.table}".lstrip("/")
                places[table.full_name] = _Place(Location(within.bucket, prefix), table.full_name, job.urn)
    for table in stack.of(TABLE):
        if found := location(table.at("storageDescriptor", "location")):
            called = f"{_name(table.at('databaseName'), table)}.{_name(table.at('name'), table)}"
            places[called] = _Place(found, called, table.urn)
    yield from places.values()


def _name(value: Any, resource: Resource) -> str:
    return value if isinstance(value, str) else resource.name


RULES = (
    StackRule(
        "upsert-table-without-optimizers",
        "Every upsert table that a job writes is compacted, and freed of old snapshots and orphan files.",
        _without_optimizers,
    ),
    StackRule(
        "two-tables-in-one-location",
        "A table has one writer, and tables and databases have locations of their own.",
        _one_location,
    ),
)
