"""Which tables a tag expression reaches, as Lake Formation decides it. No resources here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.errors import ConfigurationError
from infra.jobs import Job, LakeTable
from infra.settings import KEY, PROJECT, Settings, stack_file
from infra.settings.access import AccessSettings
from infra.validation import place

Tags = Mapping[str, str]
Expression = Mapping[str, Sequence[str]]


def table_tags(settings: Settings, table: LakeTable) -> dict[str, str]:
    """The tags of a table, by the names of `access.tags`: its database's, unless its job says otherwise."""
    database = table.write.table.partition(".")[0]
    return {**settings.databases[database].tags, **table.write.tags}


def lf_tags(tags: Tags, access: AccessSettings) -> dict[str, str]:
    """The same tags, by their keys in Lake Formation."""
    return {access.tags[name].key or name: value for name, value in tags.items()}


def reaches(expression: Expression, tags: Tags) -> bool:
    """Whether a resource with these tags has, of each tag of the expression, one of the values."""
    return all(tags.get(name) in values for name, values in expression.items())


def tables_of(team: str, settings: Settings, jobs: Sequence[Job]) -> list[LakeTable]:
    """The tables that the grants of a team reach."""
    expressions = [grant.tags for grant in settings.access.grants if grant.team == team]
    return [
        table
        for job in jobs
        for table in job.tables
        if any(reaches(expression, table_tags(settings, table)) for expression in expressions)
    ]


def check_grants(settings: Settings, jobs: Sequence[Job], *, stack: str, folder: Path | None = None) -> None:
    """Raise `ConfigurationError` for a grant that reaches nothing; `folder` is the project's, for line numbers."""
    tagged: list[tuple[str, Tags]] = [(f"database {key}", found.tags) for key, found in settings.databases.items()]
    tagged += [
        (f"table {table.write.table}", table_tags(settings, table))
        for job in jobs
        for table in job.tables
        if table.write.tags
    ]
    for index, grant in enumerate(settings.access.grants):
        if any(reaches(grant.tags, tags) for _, tags in tagged):
            continue
        shown_as = stack_file(stack)
        where = ("config", f"{PROJECT}:{KEY}", "access", "grants", index, "tags")
        at = place(shown_as, folder / shown_as if folder else None, where)
        known = "\n".join(f"  {what}: {_as_text(tags)}" for what, tags in tagged[:3])
        raise ConfigurationError(f"{at}: no database or table has these tags; change them, or tag one:\n{known}")


def _as_text(tags: Tags) -> str:
    return ", ".join(f"{name}={value}" for name, value in tags.items()) or "no tags"
