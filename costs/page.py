"""docs/costs.md: what the stacks cost, and of what that follows."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import jinja2

from costs.estimate import estimate
from costs.intervals import by_interval
from costs.jobs import GZIP
from costs.ledger import COMPONENTS, Component, Estimate, Item
from costs.prices import Price, Prices, load_prices
from costs.stacks import Deployed, deployed
from costs.streams import declared
from costs.usage import Usage

_TEMPLATE = Path(__file__).parent / "page.md.j2"


def rendered(project: Path) -> str:
    stacks, prices = deployed(project), load_prices()
    example = max(stacks, key=lambda each: each.estimate.total)
    job = min(example.estimate.pods)
    oldest, newest = prices.dates()
    endpoints = sum(item.usd for item in example.estimate.items if item.price == "endpoint_hours")
    # A GB costs something through an endpoint too.
    saved = prices.usd("nat_gb", 1, example.region) - prices.usd("endpoint_gb", 1, example.region)
    template = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False, keep_trailing_newline=True)
    return template.from_string(_TEMPLATE.read_text()).render(
        oldest=oldest,
        newest=newest,
        jobs=", ".join(sorted(example.estimate.pods)),
        by_component=_by_component(stacks),
        example=example.name,
        endpoint_usd=f"${_dollars(endpoints)}",
        endpoint_gb=f"{endpoints / saved:,.0f}",
        unpriced=", ".join(sorted({each for found in stacks for each in found.estimate.unpriced})),
        job=job,
        of_job=_of_job(example.estimate, job),
        by_interval=_by_interval(example, job),
        gzip=GZIP,
        kafka=_kafka(example.region),
        region=example.region,
        by_line=_by_line(stacks),
        assumptions=_assumptions(),
        prices=_prices(prices),
    )


def summary(found: Deployed) -> str:
    """One stack by component, and by job, with a job's share of the nodes."""
    whole = found.estimate
    jobs = {job: sum(whole.of_job(job).values()) for job in whole.jobs}
    components = [[component, _dollars(usd)] for component, usd in whole.by_component().items()]
    title = f"{found.name} ({found.region}), $ a month"
    parts = [
        _table([title, ""], [*components, ["all", _dollars(whole.total)]], 1),
        _table(["of that for the job", ""], [[job, _dollars(usd)] for job, usd in jobs.items()], 1),
    ]
    return "\n\n".join(parts if jobs else parts[:1])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], numbers: int) -> str:
    """A Markdown table, the last `numbers` columns to the right."""
    marks = ["---"] * (len(head) - numbers) + ["---:"] * numbers
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *rows))


def _dollars(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:,.2f}"


def _by_component(stacks: Sequence[Deployed]) -> str:
    found = [each.estimate.by_component() for each in stacks]
    rows = [
        [component, *[_dollars(each.get(component, 0)) for each in found]]
        for component in COMPONENTS
        if any(component in each for each in found)
    ]
    total = ["**all**", *[f"**{_dollars(each.estimate.total)}**" for each in stacks]]
    return _table(["", *[f"{each.name} ({each.region})" for each in stacks]], [*rows, total], len(stacks))


def _kafka(region: str) -> str:
    """Clusters from the smallest on."""
    type_, disk_gib = "kafka.m7g.large", 100
    rows: list[list[str]] = []
    for brokers, monitoring in ((2, "DEFAULT"), (3, "DEFAULT"), (3, "PER_BROKER")):
        found = estimate(declared(type_, brokers=brokers, disk_gib=disk_gib, monitoring=monitoring), region=region)
        usd = [item.usd for item in found.items]
        name = monitoring.lower().replace("_", "-")
        rows.append(
            [
                f"{brokers} of {type_}, {disk_gib} GB each, metrics: {name}",
                *map(_dollars, [usd[0], sum(usd[1:]), found.total]),
            ]
        )
    return _table(["", "brokers", "disks, logs, metrics", "all"], rows, 3)


def _of_job(found: Estimate, job: str) -> str:
    sums = found.of_job(job)
    rows = [[component, _lines_of(found, job, component), _dollars(usd)] for component, usd in sums.items()]
    total = ["**all**", "", f"**{_dollars(sum(sums.values()))}**"]
    return _table(["", "for", "$"], [*rows, total], 1)


def _lines_of(found: Estimate, job: str, component: Component) -> str:
    if component == "Nodes":
        return "the share of its pods"
    return ", ".join(dict.fromkeys(item.what for item in found.items if (item.job, item.component) == (job, component)))


def _by_interval(example: Deployed, job: str) -> str:
    rows = [
        [
            each.interval,
            *map(_dollars, [each.requests, each.metadata, each.compressed, each.compaction, each.rest, each.total]),
        ]
        for each in by_interval(example.stack, example.region, job)
    ]
    head = ["interval", "requests", "replaced metadata", "*compressed*", "compaction", "all else", "all"]
    return _table(head, rows, 6)


def _by_line(stacks: Sequence[Deployed]) -> str:
    """Lines of all stacks, each with its quantity and dollars."""
    sums = [_sums(each.estimate.items) for each in stacks]
    lines = sorted({line: None for found in sums for line in found}, key=lambda line: COMPONENTS.index(line[0]))
    prices = load_prices()
    rows = [
        [component, what, _unit(prices, price)]
        + [cell for found in sums for cell in _cells(found.get((component, what, price)), prices, price)]
        for component, what, price in lines
    ]
    head = ["", "", "unit", *[cell for each in stacks for cell in (each.name, "$")]]
    return _table(head, rows, 2 * len(stacks))


Line = tuple[Component, str, str]


def _sums(items: Sequence[Item]) -> Mapping[Line, tuple[float, float]]:
    found: dict[Line, tuple[float, float]] = {}
    for item in items:
        line = (item.component, item.what, item.price)
        quantity, usd = found.get(line, (0, 0))
        found[line] = (quantity + item.quantity, usd + item.usd)
    return found


def _unit(prices: Prices, price: str) -> str:
    return prices.prices[price].unit if price in prices.prices else "hour"


def _cells(found: tuple[float, float] | None, prices: Prices, price: str) -> tuple[str, str]:
    if found is None:
        return "", ""
    quantity = found[0] / (prices.prices[price].per if price in prices.prices else 1)
    return f"{quantity:,.0f}" if quantity >= 10 else f"{quantity:,.1f}", _dollars(found[1])


def _assumptions() -> str:
    usage = Usage()
    rows = [
        [f"`{name}`", f"{getattr(usage, name):g}", " ".join((field.description or "").split())]
        for name, field in Usage.model_fields.items()
    ]
    return _table(["", "", ""], rows, 0)


def _prices(prices: Prices) -> str:
    regions = sorted({region for price in prices.prices.values() for region in price.regions})
    head = ["", "unit", *[cell for region in regions for cell in (region, "basis, as of")]]
    rows = [[price.what, price.unit, *_quotes(price, regions)] for price in prices.prices.values()]
    listed = prices.instances
    for name, type_ in listed.types.items():
        cells = [cell for region in regions for cell in (f"{type_.usd[region]:g}", f"{listed.basis}, {listed.date}")]
        rows.append([f"EC2 {name}: {type_.cpu} vCPU, {type_.memory_gib} GiB, arm64", "hour", *cells])
    return _table(head, rows, 0)


def _quotes(price: Price, regions: Sequence[str]) -> list[str]:
    quotes = [price.regions[region] for region in regions]
    return [cell for quote in quotes for cell in (f"{quote.usd:g}", f"{quote.basis}, {quote.date}")]
