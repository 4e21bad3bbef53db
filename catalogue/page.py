"""The catalogue as one HTML page that needs nothing else: no network, no file beside it, and no script to be read."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from catalogue import console
from catalogue.lineage import drawn
from catalogue.measured import Measured
from infra.named_queries import SavedQuery, saved_queries
from infra.outputs import Contract, TableContract

_FOLDER = Path(__file__).parent
_OPEN_TABLES = 8
"""Up to so many stand there in full; of more, each opens when it is asked for."""


@dataclass(frozen=True)
class Demo:
    """What the last demo measured of a table: how long single changes took from their source into the lake."""

    at: datetime
    changes: int
    not_visible: int
    """Of these, which are in no figure."""
    p95: float
    """Seconds."""


@dataclass(frozen=True)
class Found:
    """What was looked up in a lake."""

    tables: Mapping[str, Measured]
    """By `<database in Glue>.<table>`: those that are there."""
    demos: Mapping[str, Demo]


@dataclass(frozen=True)
class _Entry:
    """A table, with all that the template shows of it."""

    number: int
    name: str
    table: TableContract
    teams: list[str]
    queries: list[SavedQuery]
    measured: Measured | None
    demo: Demo | None

    @property
    def lineage(self) -> Markup:
        return drawn(self.name, self.table)

    @property
    def missing(self) -> list[str]:
        """Columns that the contract has and the table has not."""
        there = set(self.measured.columns) if self.measured else set[str]()
        return [column.name for column in self.table.columns if column.name not in there] if self.measured else []

    @property
    def undeclared(self) -> list[str]:
        """Columns that the table has and the contract has not."""
        known = {column.name for column in self.table.columns}
        return [name for name in self.measured.columns if name not in known] if self.measured else []


def page(contract: Contract, found: Found | None = None, *, made: datetime | None = None, on_aws: bool = True) -> str:
    """The page of a stack; the same for the same input. Without `found` it says what is declared, and nothing of how
    that went; `made`: when, if that is to stand there; `on_aws`: whether AWS's console knows of the stack."""
    entries = [_entry(number, name, contract, found) for number, name in enumerate(sorted(contract.tables), start=1)]
    jobs = {table.job for table in contract.tables.values()}
    style, script = (_minimal(name) for name in ("page.css", "page.js"))
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            contract=contract,
            entries=entries,
            found=found,
            made=made,
            all_open=len(entries) <= _OPEN_TABLES,
            dashboard=console.dashboard(contract) if on_aws else None,
            alarms={job: console.alarm(contract, job) for job in jobs} if on_aws else {},
            style=style,
            script=script,
            # Even where something of the contract could become part of the page's code, no browser would run it, or
            # fetch anything.
            security=f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'",
        )
    )


def _entry(number: int, name: str, contract: Contract, found: Found | None) -> _Entry:
    table = contract.tables[name]
    database, _, short = name.partition(".")
    return _Entry(
        number,
        name,
        table,
        teams=[team for team, reads in sorted(contract.teams.items()) if name in reads.tables],
        queries=saved_queries(database, short, table.freshness),
        measured=found.tables.get(name) if found else None,
        demo=found.demos.get(name) if found else None,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"duration": duration, "moment": moment, "breakable": _breakable}
    return environment


def _breakable(name: str) -> Markup:
    """May go on in the next line after each underscore."""
    return Markup("_<wbr>").join(name.split("_"))


@cache
def _minimal(name: str) -> str:
    """A file of this folder without what only its own readers need."""
    lines = [line.strip() for line in (_FOLDER / name).read_text().splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _hash(text: str) -> str:
    """As a Content-Security-Policy names a script or a style (W3C: CSP level 3, "hash-source")."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def duration(seconds: float) -> str:
    """As short as it can be said: `0.8 s`, `14 s`, `3 min`, `2 h`, `5 d`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    for limit, unit, size in ((120, "s", 1), (7200, "min", 60), (172_800, "h", 3600)):
        if seconds < limit:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"


def moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
