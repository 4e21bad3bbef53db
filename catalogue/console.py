"""Where AWS's console shows how a stack does: links that follow from its names alone."""

from urllib.parse import quote

from infra.alarms import NOT_DELIVERING, alarm_name
from infra.outputs import Contract

_HOSTS = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
"""Of partitions other than AWS's common one, by what their regions begin with."""


def dashboard(contract: Contract) -> str:
    """The first of the stack's dashboards (infra/dashboard.py), which has the jobs that come first by name."""
    return f"{_cloudwatch(contract)}#dashboards/dashboard/flink-lakehouse-{contract.stack}"


def alarm(contract: Contract, job: str) -> str:
    """The alarm of a job that its tables are not kept up to date, with those that it consists of."""
    return f"{_cloudwatch(contract)}#alarmsV2:alarm/{quote(alarm_name(contract.stack, job, NOT_DELIVERING), safe='')}"


def _cloudwatch(contract: Contract) -> str:
    region = contract.region
    host = next((host for front, host in _HOSTS.items() if region.startswith(f"{front}-")), "console.aws.amazon.com")
    return f"https://{region}.{host}/cloudwatch/home?region={region}"
