"""What can go wrong for a reader of a lakehouse: each message is for a person, and says what to do."""

import difflib
from collections.abc import Iterable


class LakehouseError(Exception):
    """The one to catch: every error of this package is one."""


class ContractError(LakehouseError):
    """There is no contract where one was looked for, or it is none that this version can read."""


class UnknownName(LakehouseError):
    """A table, column or team that the contract does not have; the message names the nearest."""


class NoAccess(LakehouseError):
    """The team may not read the table, or the caller may not act for the team."""


class QueryFailed(LakehouseError):
    """The lake's answer to a query is an error; the message has its words."""


def nearest(name: str, existing: Iterable[str]) -> str:
    """The end of a message about an unknown name: the likeliest meant, else all there are."""
    names = sorted(existing)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; there are: {', '.join(names)}" if names else "; there is none"
