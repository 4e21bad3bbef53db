"""What one key can't tell: names in a stack file that another part of it must know."""

from collections.abc import Mapping, Sequence

from infra.settings.access import AccessSettings, TeamSettings
from infra.settings.lake import DatabaseSettings
from infra.validation import Location, WrongAt, nearest


def check_names(
    databases: Mapping[str, DatabaseSettings], access: AccessSettings, teams: Mapping[str, TeamSettings]
) -> None:
    """Raise `WrongAt` for names that stand twice, and for teams, tags and values that nobody declared."""
    _once(("databases",), "Glue name", {key: database.name for key, database in databases.items()})
    _once(("teams",), "workgroup", {key: team.workgroup or key for key, team in teams.items()})
    _once(("access", "tags"), "LF-Tag key", {name: tag.key or name for name, tag in access.tags.items()})
    for key, database in databases.items():
        check_tags(("databases", key, "tags"), {name: [value] for name, value in database.tags.items()}, access)
    for index, grant in enumerate(access.grants):
        where = ("access", "grants", index)
        if grant.team is not None and grant.team not in teams:
            problem = f"there is no team '{grant.team}' in teams{nearest(grant.team, list(teams))}"
            raise WrongAt((*where, "team"), problem)
        check_tags((*where, "tags"), grant.tags, access)


def check_tags(where: Location, tags: Mapping[str, Sequence[str]], access: AccessSettings) -> None:
    """Raise `WrongAt` for a tag or value that `access.tags` does not have."""
    for name, values in tags.items():
        if name not in access.tags:
            raise WrongAt((*where, name), f"access.tags has no tag '{name}'{nearest(name, list(access.tags))}")
        known = access.tags[name].values
        for value in values:
            if value not in known:
                raise WrongAt((*where, name), f"access.tags.{name} has no value '{value}'{nearest(value, known)}")


def _once(where: Location, what: str, names: Mapping[str, str]) -> None:
    for name in names.values():
        sharing = [key for key, other in names.items() if other == name]
        if len(sharing) > 1:
            problem = f"{sharing[0]} and {sharing[1]} share the {what} '{name}'; each needs its own"
            raise WrongAt((*where, sharing[1]), problem)
