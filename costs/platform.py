"""What a stack costs whatever its jobs do: from the number of resources of each kind, and what passes through them."""

import json
from collections.abc import Iterator
from typing import Any

from costs.checks import checking
from costs.jobs import jobs_of
from costs.ledger import Ledger
from costs.resources import Resource, Stack, at, items, owner_of
from costs.usage import DAYS, HOURS, Usage

NAT = "aws:ec2/natGateway:NatGateway"
ADDRESS = "aws:ec2/eip:Eip"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ATTACHMENT = "aws:ec2transitgateway/vpcAttachment:VpcAttachment"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
CLUSTER = "aws:eks/cluster:Cluster"
REPOSITORY = "aws:ecr/repository:Repository"
KEY = "aws:kms/key:Key"
WORKGROUP = "aws:athena/workgroup:Workgroup"
EXTERNAL_SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
STATE_MACHINE = "aws:sfn/stateMachine:StateMachine"

_LOG_COMPRESSION = 0.15
"""Of logs that are kept (CloudWatch pricing: "archive storage" is of compressed logs)."""


def add_platform(ledger: Ledger, stack: Stack, usage: Usage, *, nodes: int) -> None:
    """`nodes`: how many there are."""
    _add_network(ledger, stack, usage, nodes)
    _add_cluster(ledger, stack, usage)
    ledger.add("Image", "images and build cache", "image_gb_months", stack.count(REPOSITORY) * usage.image_gb)
    ledger.add("Lake", "keys", "key_months", stack.count(KEY))
    teams = sum(each.name not in checking(stack) for each in stack.all(WORKGROUP))
    ledger.add("Query", "scanned", "scanned_tb", teams * usage.scanned_tb)
    ledger.add("Query", "results", "storage_gb_months", teams * usage.results_gb)
    _add_secrets(ledger, stack)
    _add_observability(ledger, stack, usage)


def _add_network(ledger: Ledger, stack: Stack, usage: Usage, nodes: int) -> None:
    jobs = jobs_of(stack)
    ledger.add("Network", "NAT gateways", "nat_hours", stack.count(NAT) * HOURS)
    ledger.add("Network", "addresses of NAT gateways", "address_hours", stack.count(ADDRESS) * HOURS)
    ledger.add("Network", "transit gateway", "transit_hours", stack.count(ATTACHMENT) * HOURS)
    if stack.count(NAT):
        ledger.add("Network", "through NAT gateways", "nat_gb", usage.nat_gb)
        for job in jobs:
            ledger.add("Network", "through NAT gateways", "nat_gb", usage.job_nat_gb, job=job.name)
    interfaces = [each for each in stack.all(ENDPOINT) if each.at("vpcEndpointType") == "Interface"]
    zones = sum(len(items(each.at("subnetIds"))) for each in interfaces)
    ledger.add("Network", "interface endpoints", "endpoint_hours", zones * HOURS)
    ledger.add("Network", "through interface endpoints", "endpoint_gb", len(interfaces) * usage.endpoint_gb)
    if stack.count(CLUSTER):
        for job in jobs:
            ledger.add("Network", "between zones", "zone_gb", usage.job_zone_gb, job=job.name)
    if stack.count(FLOW_LOG):
        ledger.add("Network", "flow logs", "vended_log_gb", nodes * usage.node_flow_log_gb)


def _add_cluster(ledger: Ledger, stack: Stack, usage: Usage) -> None:
    ledger.add("Cluster", "EKS", "cluster_hours", stack.count(CLUSTER) * HOURS)
    for cluster in stack.all(CLUSTER):
        if not items(cluster.at("enabledClusterLogTypes")):
            continue
        size = usage.control_plane_log_gb
        ledger.add("Cluster", "control plane's logs", "vended_log_gb", size)
        kept = next((days for days in _days_kept(stack, str(cluster.at("name")))), 0)
        ledger.add("Cluster", "logs kept", "log_gb_months", size / DAYS * kept * _LOG_COMPRESSION)
        for job in jobs_of(stack):
            if job.high_availability:
                size = usage.job_control_plane_log_gb
                ledger.add("Cluster", "control plane's logs", "vended_log_gb", size, job=job.name)


def _days_kept(stack: Stack, cluster: str) -> Iterator[float]:
    for group in stack.all("aws:cloudwatch/logGroup:LogGroup"):
        if group.at("name") == f"/aws/eks/{cluster}/cluster":
            yield float(group.at("retentionInDays") or 0)


def _add_secrets(ledger: Ledger, stack: Stack) -> None:
    """The entries are not the stack's, but it is what reads them; an existing cluster's are read all the same."""
    jobs = [job.name for job in jobs_of(stack)]
    entries: set[str] = set()
    for secret in stack.all(EXTERNAL_SECRET):
        keys = [str(at(each, "remoteRef", "key")) for each in items(secret.at("spec", "data"))]
        entries |= set(keys)
        # Each key of an entry is read by itself, every hour.
        ledger.add("Secrets", "requests", "secret_requests", len(keys) * HOURS, job=owner_of(secret.name, jobs))
    ledger.add("Secrets", "entries of sources", "secret_months", len(entries))


def _add_observability(ledger: Ledger, stack: Stack, usage: Usage) -> None:
    jobs = [job.name for job in jobs_of(stack)]
    for job in [*jobs, None]:
        alarms = [each for each in stack.all(ALARM) if owner_of(each.name, jobs) == job]
        ledger.add("Observability", "alarms", "alarm_months", sum(map(_metrics_of_alarm, alarms)), job=job)
        above = [each for each in stack.all(COMPOSITE_ALARM) if owner_of(each.name, jobs) == job]
        ledger.add("Observability", "alarms over alarms", "composite_alarm_months", len(above), job=job)
        metrics = [each for each in set(_own_metrics(stack)) if _job_in(each, jobs) == job]
        ledger.add("Observability", "metrics", "metric_months", len(metrics), job=job)
        if job and metrics:
            ledger.add("Observability", "metrics' log lines", "log_gb", usage.job_metric_log_gb, job=job)
    ledger.add("Observability", "dashboards", "dashboard_months", stack.count(DASHBOARD))


def _metrics_of_alarm(alarm: Resource) -> int:
    return sum(at(each, "metric") is not None for each in items(alarm.at("metricQueries"))) or 1


Series = tuple[str, ...]
"""Namespace, name, and names and values of dimensions, in turn."""


def _own_metrics(stack: Stack) -> Iterator[Series]:
    """Those that an alarm or a dashboard shows, which is all that there are (infra/metrics.py)."""
    for alarm in stack.all(ALARM):
        for each in [at(query, "metric") for query in items(alarm.at("metricQueries"))] or [alarm.inputs]:
            dimensions: Any = at(each, "dimensions") or {}
            flat = [part for pair in sorted(dimensions.items()) for part in pair]
            yield _series(str(at(each, "namespace")), str(at(each, "metricName")), *flat)
    for dashboard in stack.all(DASHBOARD):
        body = dashboard.at("dashboardBody")
        for widget in items(at(json.loads(body), "widgets")) if isinstance(body, str) else []:
            for line in items(at(widget, "properties", "metrics")):
                if isinstance(line[0], str):
                    names = [part for part in line if isinstance(part, str)]
                    pairs = sorted(zip(names[2::2], names[3::2], strict=True))
                    yield _series(*names[:2], *[part for pair in pairs for part in pair])


def _series(*parts: str) -> Series:
    # AWS's own metrics cost nothing.
    return () if parts[0].startswith("AWS/") or parts[0] == "None" else parts


def _job_in(series: Series, jobs: list[str]) -> str | None:
    return next((job for job in jobs if job in series[2:]), None) if series else ""
