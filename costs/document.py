"""An estimate as a document: `python -m costs STACK --json`. Two of them tell what a change costs (review/costs.py)."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Literal

from costs.ledger import Component, Item
from costs.prices import Prices
from costs.stacks import Deployed
from infra.validation import Strict

VERSION = 1
_TELLS = ("__main__.py", "document.py", "page.py", "stacks.py")
"""Files of this folder that no price depends on."""
_DIGITS = 6
"""Behind the point: beyond them stand the traces of the order in which numbers were added."""


class Line(Strict):
    """So much of one thing in a month."""

    component: Component
    what: str
    job: str | None
    """The job that it is for alone."""
    quantity: float
    """Of what is counted: hours, GB, requests; not in the thousands that a price may be of."""
    usd: float


class CostDocument(Strict):
    """What a stack costs in a month, in US dollars, by list prices and by assumptions of what is written and asked."""

    version: Literal[1]
    stack: str
    region: str
    estimator: str
    """A digest of prices, assumptions and how they are applied: with another the same stack may cost something else."""
    prices_from: date
    prices_to: date
    """The days as of which the prices are, from the oldest to the newest."""
    total: float
    jobs: dict[str, float]
    """Job → all that it takes, its share of the nodes included."""
    pods: dict[str, float]
    """Job → its share of the nodes, which stand among the lines as nobody's."""
    lines: tuple[Line, ...]
    unpriced: tuple[str, ...]
    """What the stack has and no price is known for."""


def document(found: Deployed, prices: Prices) -> CostDocument:
    """The same for the same program, prices and assumptions."""
    oldest, newest = prices.dates()
    estimate = found.estimate
    return CostDocument(
        version=VERSION,
        stack=found.name,
        region=found.region,
        estimator=_estimator(),
        prices_from=oldest,
        prices_to=newest,
        total=_rounded(estimate.total),
        jobs={job: _rounded(sum(estimate.of_job(job).values())) for job in estimate.jobs},
        pods={job: _rounded(usd) for job, usd in sorted(estimate.pods.items())},
        lines=tuple(sorted(map(_line, estimate.items), key=_place)),
        unpriced=tuple(sorted(estimate.unpriced)),
    )


def _line(item: Item) -> Line:
    return Line(
        component=item.component,
        what=item.what,
        job=item.job,
        quantity=_rounded(item.quantity),
        usd=_rounded(item.usd),
    )


def _place(line: Line) -> tuple[str, str, str, float]:
    return line.component, line.job or "", line.what, line.quantity


def _rounded(number: float) -> float:
    return round(number, _DIGITS)


def _estimator() -> str:
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.iterdir()):
        if file.suffix in (".py", ".yaml") and file.name not in _TELLS:
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
