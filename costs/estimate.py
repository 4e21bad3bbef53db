"""What a stack costs, from what it declares: `estimate(Stack.declared(program), region=…)`.

Pure: prices are those of prices.yaml, and what the program can't tell is `Usage`.
"""

from costs import checks, jobs, nodes, platform, streams
from costs.free import FREE
from costs.ledger import Estimate, Ledger
from costs.prices import Prices, load_prices
from costs.resources import Stack
from costs.usage import HOURS, Usage

_PRICED = frozenset(
    {
        *(jobs.DEPLOYMENT, jobs.SESSION_JOB, jobs.OPTIMIZER, jobs.LIFECYCLE, jobs.CONFIG_MAP),
        *(nodes.POOL, nodes.CLASS, nodes.CHART, nodes.WORKLOAD),
        *(platform.NAT, platform.ADDRESS, platform.ENDPOINT, platform.ATTACHMENT, platform.FLOW_LOG, platform.CLUSTER),
        *(platform.REPOSITORY, platform.KEY, platform.WORKGROUP, platform.EXTERNAL_SECRET, platform.ALARM),
        streams.BROKERS,
        *(platform.COMPOSITE_ALARM, platform.DASHBOARD, platform.STATE_MACHINE, checks.SCHEDULE),
    }
)


def estimate(stack: Stack, *, region: str, usage: Usage | None = None, prices: Prices | None = None) -> Estimate:
    """By the month. Raises `ConfigurationError` for a region without prices."""
    usage, prices = usage or Usage(), prices or load_prices()
    prices.check_region(region)
    ledger = Ledger(prices, region)
    shares, unpriced = nodes.add_nodes(ledger, stack, usage)
    count = sum(item.quantity for item in ledger.items if item.price in prices.instances.types) / HOURS
    platform.add_platform(ledger, stack, usage, nodes=round(count))
    checks.add_checks(ledger, stack, usage)
    streams.add_streams(ledger, stack, usage)
    jobs.add_jobs(ledger, stack, usage)
    unknown = sorted({each.type for each in stack.resources} - _PRICED - FREE)
    return Estimate(ledger.items, shares, [*unpriced, *unknown])
