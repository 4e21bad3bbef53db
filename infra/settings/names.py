"""How things are named in a stack file: each a text of a checked form."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, StringConstraints

_REGION = r"^[a-z]{2}(-[a-z]+)+-\d$"
_ACCOUNT = r"^\d{12}$"
_PRINCIPAL = r"^arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+$"
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
Items = TypeVar("Items", bound=Sequence[str])


def ip_network(cidr: str) -> ipaddress.IPv4Network:
    """`"10.0.0.0/16"` as a network; raises ValueError for what is none, or has bits set beyond its prefix."""
    try:
        return ipaddress.IPv4Network(cidr)
    except ValueError as error:
        raise ValueError(f"'{cidr}' is not an IPv4 network like '10.64.0.0/16': {error}") from None


def is_private(network: ipaddress.IPv4Network) -> bool:
    """Whether its addresses are nobody's on the internet (RFC 1918)."""
    return any(network.subnet_of(ipaddress.IPv4Network(block)) for block in PRIVATE)


def _cidr(value: str) -> str:
    ip_network(value)
    return value


def _each_once(values: Items) -> Items:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"'{value}' stands here twice; remove one of them")
    return values


def written(pattern: str, wanted: str) -> BeforeValidator:
    """A text of this form, or else an error that says what is wanted; `pattern` alone would say itself."""

    def check(value: object) -> object:
        if not isinstance(value, str) or not re.search(pattern, value):
            raise ValueError(f"'{value}' is not {wanted}")
        return value

    return BeforeValidator(check)


Once = AfterValidator(_each_once)
"""For lists of which each item becomes something that there can be one of."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,38}$")]
GlueName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,127}$")]
"""Athena finds lower-case letters, digits and underscores only (docs: "Name databases, tables, and columns")."""
Region = Annotated[str, written(_REGION, "a region like 'eu-west-1'"), StringConstraints(pattern=_REGION)]
AccountId = Annotated[
    str, written(_ACCOUNT, "an account's twelve digits in quotes"), StringConstraints(pattern=_ACCOUNT)
]
PrincipalArn = Annotated[
    str,
    written(_PRINCIPAL, "a role's or user's ARN like 'arn:aws:iam::123456789012:role/data'"),
    StringConstraints(pattern=_PRINCIPAL),
]
"""A role or user. Not a session of one: `arn:…:sts::…:assumed-role/…` names nothing that policies can point to."""
Cidr = Annotated[str, AfterValidator(_cidr)]
LfTagText = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:/=+@-]{0,49}$")]
"""A key or value of an LF-Tag: Lake Formation stores them in lower case, 50 characters at most (docs: "Creating
LF-Tags")."""
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
LogDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]
"""Days that CloudWatch keeps logs: it takes no others (API: PutRetentionPolicy)."""
