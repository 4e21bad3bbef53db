"""What the OpenTelemetry Collector is told to do: scrape the jobs' pods, keep the metrics of `metrics.py`, write them
to CloudWatch.

Components are those of the collector's contrib distribution; each key is documented in the README of its component.
"""

from collections.abc import Sequence
from typing import Any

from infra.metrics import COLLECTOR, COLLECTOR_UP, JOB_METRICS, SOURCE_RATE, Dimension, Metric

HEALTH_PORT = 13133
_TELEMETRY_PORT = 8888
_STREAM = "collector"
_METRICS = (*JOB_METRICS, COLLECTOR_UP)


def collector_configuration(
    *, jobs_in: str, namespace: str, log_group: str, region: str, endpoint: str | None
) -> dict[str, Any]:
    """`jobs_in`: the Kubernetes namespace of the jobs; `namespace`: that of the metrics in CloudWatch; `endpoint`:
    where AWS is played.

    Where it says `$`, `$$` stands: the collector would take it for a variable.
    """
    return {
        "receivers": {"prometheus": {"config": {"scrape_configs": [_jobs(jobs_in), _itself()]}}},
        "processors": _PROCESSORS,
        "exporters": {"awsemf": _cloudwatch(namespace, log_group, region, endpoint)},
        "extensions": {"health_check": {"endpoint": f"${{env:POD_IP}}:{HEALTH_PORT}"}},
        "service": {
            "extensions": ["health_check"],
            "telemetry": {
                "metrics": {
                    "level": "basic",
                    "readers": [{"pull": {"exporter": {"prometheus": {"host": "127.0.0.1", "port": _TELEMETRY_PORT}}}}],
                }
            },
            "pipelines": {
                "metrics": {"receivers": ["prometheus"], "processors": list(_PROCESSORS), "exporters": ["awsemf"]}
            },
        },
    }


def _jobs(namespace: str) -> dict[str, Any]:
    """Every pod of a job, found by the labels that Flink gives it (Flink docs: native Kubernetes)."""
    return {
        "job_name": "flink",
        # Twice a minute, so that no minute is without a value.
        "scrape_interval": "30s",
        "scrape_timeout": "10s",
        "kubernetes_sd_configs": [
            {
                "role": "pod",
                "namespaces": {"names": [namespace]},
                "selectors": [{"role": "pod", "label": "type=flink-native-kubernetes"}],
            }
        ],
        "relabel_configs": [
            {"source_labels": ["__meta_kubernetes_pod_container_port_name"], "regex": "metrics", "action": "keep"},
            {"source_labels": ["__meta_kubernetes_pod_phase"], "regex": "Running", "action": "keep"},
            {"source_labels": ["__meta_kubernetes_pod_label_app"], "target_label": "job_name"},
            # Pods of one job have the same metrics: without it only one of them would be kept.
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "pod"},
        ],
        "metric_relabel_configs": metric_relabeling(),
    }


def metric_relabeling() -> list[dict[str, Any]]:
    """From what Flink says to the dimensions of `metrics.py`."""
    names = "|".join(metric.name for metric in JOB_METRICS)
    return [
        {"source_labels": ["__name__"], "regex": names, "action": "keep"},
        # A session cluster's pods run several jobs: whose a metric is, Flink says itself. What is of the process is the
        # pod's.
        {
            "source_labels": ["exported_job_name"],
            "regex": "(.+)",
            "target_label": "job_name",
            "replacement": "$$1",
        },
        # lake.iceberg_orders.enriched_orders_lake → iceberg_orders.enriched_orders_lake
        {"source_labels": ["table"], "regex": r"lake\.(.+)", "target_label": "table", "replacement": "$$1"},
        # Source: orders[1] → orders; the number is that of the node in the plan, and changes with the script.
        {
            "source_labels": ["operator_name"],
            "regex": r"Source: (.+?)(?:\[\d+\])?",
            "target_label": "source",
            "replacement": "$$1",
        },
        # Every operator has a rate: only those of sources are kept.
        {"source_labels": ["__name__", "source"], "regex": f"{SOURCE_RATE.name};", "action": "drop"},
        # What changes with every attempt or pod: each value would be another series. `job_name` stands above.
        {
            "regex": "exported_job_name|job_id|task_id|task_attempt_id|task_attempt_num|operator_id|operator_name"
            "|host|tm_id",
            "action": "labeldrop",
        },
    ]


def _itself() -> dict[str, Any]:
    """A sign of life that needs no job; of the collector's own metrics none."""
    return {
        "job_name": COLLECTOR,
        "scrape_interval": "30s",
        "static_configs": [
            {"targets": [f"127.0.0.1:{_TELEMETRY_PORT}"], "labels": {"component": COLLECTOR}},
        ],
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": ".*", "action": "drop"}],
    }


def _only_ours() -> dict[str, Any]:
    """Without what the receiver adds of each scrape; everything that is left is paid for."""
    return {
        "metric_conditions": [
            'IsMatch(metric.name, "^scrape_")',
            f'metric.name == "{COLLECTOR_UP.name}" and datapoint.attributes["component"] != "{COLLECTOR}"',
        ]
    }


_PROCESSORS: dict[str, Any] = {
    "memory_limiter": {"check_interval": "5s", "limit_percentage": 80, "spike_limit_percentage": 25},
    "filter": _only_ours(),
    # Flink's reporter calls counters gauges; as sums, CloudWatch gets how much they grew.
    "transform": {
        "metric_statements": [
            f'convert_gauge_to_sum("cumulative", true) where metric.name == "{metric.name}"'
            for metric in _METRICS
            if metric.counter
        ]
    },
    "batch": {"timeout": "5s"},
}


def _cloudwatch(namespace: str, log_group: str, region: str, endpoint: str | None) -> dict[str, Any]:
    """As log lines in the embedded metric format, from which CloudWatch makes metrics: no further right is needed than
    to write to one log group."""
    return {
        "region": region,
        **({"endpoint": endpoint} if endpoint else {}),
        "namespace": namespace,
        "log_group_name": log_group,
        "log_stream_name": _STREAM,
        # Else each label is a dimension, and a metric, of its own besides.
        "dimension_rollup_option": "NoDimensionRollup",
        "metric_declarations": [
            {"dimensions": [list(dimensions)], "metric_name_selectors": [f"^{metric.name}$$" for metric in metrics]}
            for dimensions, metrics in _by_dimensions(_METRICS).items()
        ],
        "metric_descriptors": [
            {"metric_name": metric.name, "unit": metric.unit, "overwrite": True}
            for metric in _METRICS
            if metric.unit != "None"
        ],
    }


def _by_dimensions(metrics: Sequence[Metric]) -> dict[tuple[Dimension, ...], list[Metric]]:
    found: dict[tuple[Dimension, ...], list[Metric]] = {}
    for metric in metrics:
        found.setdefault(metric.dimensions, []).append(metric)
    return found
