"""The stack file, `Pulumi.<stack>.yaml`, as one frozen model: all of it stands under `lakehouse-analytics:settings`."""

from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

import pulumi
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from infra.errors import ConfigurationError
from infra.settings.names import Email, Name, Once, PrincipalArn, written
from infra.validation import Location, Strict, WrongAt, nearest, place, validate

PROJECT = "lakehouse-analytics"
KEY = "settings"

_STACK = r"^[^/\s]+/[^/\s]+/[^/\s]+$"
_SCHEDULE = r"^(rate\([1-9]\d* (minutes?|hours?|days?)\)|cron\(\S+( \S+){5}\))$"


def _time_zone(name: str) -> str:
    known = available_timezones()
    if name not in known:
        raise ValueError(f"there is no time zone '{name}'{nearest(name, sorted(known), many='the IANA names')}")
    return name


StackName = Annotated[
    str,
    written(_STACK, "a stack's whole name like 'acme/flink-lakehouse/prod'"),
    StringConstraints(pattern=_STACK),
]
TableName = Annotated[str, written(r"^\w+\.\w+$", "a table like 'iceberg_orders.enriched_orders_lake'")]
Schedule = Annotated[str, written(_SCHEDULE, "a schedule like 'rate(1 day)' or 'cron(0 6 * * ? *)'")]


class ReaderSettings(Strict):
    """A role of the team's own, for what queries without a person: a dashboard, a service, the reports."""

    principals: Annotated[list[PrincipalArn], Once] = []
    """Roles and users who may assume it; the reports' schedules always may."""
    tables: Annotated[list[TableName], Field(min_length=1), Once]
    """What it may read: of the team's tables, as few as do."""


class ReportSettings(Strict):
    """A saved query that also runs by itself; its result lies where all of the team's do."""

    schedule: Schedule
    """As EventBridge Scheduler writes it: 'rate(1 day)', 'cron(0 6 * * ? *)'."""
    timezone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    """Of a cron schedule."""


class BudgetSettings(Strict):
    """Mails when Athena becomes dear: all of Athena in the account and region, which AWS tells apart no further."""

    monthly_usd: Annotated[int, Field(ge=1)]
    emails: Annotated[list[Email], Field(min_length=1, max_length=10), Once]
    at_percent: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=4), Once] = [50, 80, 100]
    """Of the budget, as spent. Before that, a mail comes when all of it is forecast to be."""


class Settings(Strict):
    lakehouse: StackName
    """The stack whose contract this goes by: '<organization>/flink-lakehouse/<stack>'."""
    team: Name
    """Which of its teams we are."""
    reader: ReaderSettings
    reports: dict[Name, ReportSettings] = {}
    """Queries of `queries/`, by the name of their file, that run on a schedule."""
    budget: BudgetSettings | None = None

    @model_validator(mode="after")
    def _somebody_reads(self) -> Self:
        if not self.reader.principals and not self.reports:
            raise WrongAt(("reader", "principals"), "missing; without reports, nobody could assume the role")
        return self


def load_settings(folder: Path) -> Settings:
    """Of the stack that Pulumi is running; raises `ConfigurationError`."""
    document: Any = pulumi.Config(PROJECT).get_object(KEY)
    file = folder / stack_file()
    return validate(Settings, document or {}, shown_as=file.name, file=file, prefix=("config", f"{PROJECT}:{KEY}"))


def stack_file() -> str:
    return f"Pulumi.{pulumi.get_stack()}.yaml"


def wrong(folder: Path, location: Location, problem: object) -> ConfigurationError:
    """For what only the contract can tell of a setting."""
    at = place(stack_file(), folder / stack_file(), ("config", f"{PROJECT}:{KEY}", *location))
    return ConfigurationError(f"{at}: {problem}")
