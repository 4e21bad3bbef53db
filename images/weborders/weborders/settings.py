"""What the environment says: read once, at the start."""

import difflib
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeVar

import pydantic
from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import ErrorDetails

from weborders.errors import Failed

# What Kubernetes adds for each service of the namespace: a service called `kafka` brings KAFKA_PORT.
_OF_A_SERVICE = re.compile(r"_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?$")
_MISSPELT = 0.85
_MEANT = 0.6


def _under(prefix: str) -> Callable[[str], str]:
    return lambda name: f"{prefix}_{name.upper()}"


def _user_and_password(value: SecretStr | None) -> SecretStr | None:
    """`user:password`; ":" or nothing where none is wanted."""
    text = value.get_secret_value() if value else ""
    if ":" not in text and text:
        raise ValueError("it has no ':'")
    return value if text not in ("", ":") else None


Text = Annotated[str, Field(min_length=1)]


class _Settings(pydantic.BaseModel):
    """Each field is one environment variable; its description is what an error says of it."""

    model_config = pydantic.ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, validate_by_name=True, hide_input_in_errors=True
    )


class KafkaSettings(_Settings, alias_generator=_under("KAFKA")):
    """The brokers and the topic."""

    bootstrap_servers: Text
    """the brokers, as host:port,host:port"""
    topic: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,249}$")] = "weborders"
    """the topic of web orders"""
    group: Text = "weborders"
    """the processors' consumer group"""
    security: Literal["none", "iam"] = "none"
    """the way to log in to the brokers: none, or iam for Amazon MSK"""
    region: Annotated[str | None, Field(alias="AWS_REGION", validate_default=True)] = None
    """the AWS region of the brokers"""

    @pydantic.field_validator("region")
    @classmethod
    def _has_region(cls, region: str | None, info: pydantic.ValidationInfo) -> str | None:
        if info.data.get("security") == "iam" and not region:
            raise ValueError("KAFKA_SECURITY=iam needs it")
        return region

    @property
    def dead_letter_topic(self) -> str:
        return f"{self.topic}-dead-letters"


class RegistrySettings(_Settings, alias_generator=_under("SCHEMA_REGISTRY")):
    """The schema registry, by Confluent's REST API."""

    url: Annotated[str, Field(pattern=r"^https?://"), AfterValidator(lambda url: url.rstrip("/"))]
    """the schema registry, as http://host:port or https://host"""
    user_info: Annotated[SecretStr | None, AfterValidator(_user_and_password)] = None
    """the registry's login, as user:password (':' where it wants none)"""


class _DatabaseSettings(_Settings):
    host: Text
    """the database server's host name"""
    port: Annotated[int, Field(ge=1, le=65535)]
    """the database server's port"""
    username: Text
    """the name of the account that enters orders"""
    password: SecretStr
    """that account's password"""
    database: Text
    """the database's name"""


class ErpdbSettings(_DatabaseSettings, alias_generator=_under("ERPDB")):
    """The web shop's database (MySQL)."""


class ShipdbSettings(_DatabaseSettings, alias_generator=_under("SHIPDB")):
    """The carrier's database (PostgreSQL)."""


class GeneratorSettings(_Settings):
    """All that `generate` needs."""

    kafka: KafkaSettings
    registry: RegistrySettings


class ProcessorSettings(_Settings):
    """All that `process` needs."""

    kafka: KafkaSettings
    registry: RegistrySettings
    erpdb: ErpdbSettings
    shipdb: ShipdbSettings


Wanted = TypeVar("Wanted", GeneratorSettings, ProcessorSettings)

_Descriptions = dict[str, str]


def read(wanted: type[Wanted], environment: Mapping[str, str]) -> Wanted:
    """The settings; `Failed` with one line for each variable that is missing, misspelt or wrong."""
    known = _variables(ProcessorSettings)
    document = {
        section: {name: environment[name] for name in variables if name in environment}
        for section, variables in _variables(wanted).items()
    }
    descriptions = {name: text for variables in known.values() for name, text in variables.items()}
    wrong = _misspelt(descriptions, environment)
    try:
        settings = wanted.model_validate(document)
    except pydantic.ValidationError as error:
        lines = [_explain(_variable(wanted, each), each, descriptions, environment) for each in error.errors()]
        raise Failed("\n".join([*wrong, *(line for line in lines if line not in wrong)])) from None
    if wrong:
        raise Failed("\n".join(wrong))
    return settings


def _variable(wanted: type[_Settings], error: ErrorDetails) -> str:
    section, name = (str(part) for part in error["loc"][:2])
    # pydantic names what was given by its alias, and a default that does not do by its field.
    fields = _section(wanted, section).model_fields
    return str(fields[name].alias) if name in fields else name


def _section(wanted: type[_Settings], name: str) -> type[_Settings]:
    model = wanted.model_fields[name].annotation
    assert isinstance(model, type) and issubclass(model, _Settings)
    return model


def _variables(wanted: type[_Settings]) -> dict[str, _Descriptions]:
    """Of each section: its variables, with what they are."""
    return {
        section: {
            str(field.alias): field.description or "" for field in _section(wanted, section).model_fields.values()
        }
        for section in wanted.model_fields
    }


def _misspelt(known: _Descriptions, environment: Mapping[str, str]) -> list[str]:
    """Variables that are almost one of ours: a default in place of what was meant would be found too late."""
    wrong: list[str] = []
    for name in sorted(set(environment) - set(known)):
        near = difflib.get_close_matches(name, known, n=1, cutoff=_MISSPELT)
        if near and not _OF_A_SERVICE.search(name):
            wrong.append(f"{name} is unknown: did you mean {near[0]}?")
    return wrong


def _explain(name: str, error: ErrorDetails, known: _Descriptions, environment: Mapping[str, str]) -> str:
    if error["type"] != "missing":
        return f"{name}: {error['msg'].removeprefix('Value error, ')}; give {known[name]}"
    prefix = name.partition("_")[0]
    others = [each for each in environment if each.startswith(prefix) and each not in known]
    near = difflib.get_close_matches(name, others, n=1, cutoff=_MEANT)
    if near and not _OF_A_SERVICE.search(near[0]):
        return f"{near[0]} is unknown: did you mean {name}?"
    return f"{name} is not set: give {known[name]}"
