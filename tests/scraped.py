"""What Flink's Prometheus reporter says, and what becomes of it in the collector."""

import contextlib
import http.client
import re
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

_SERIES = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: \d+)?$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_NAME = "__name__"


@dataclass(frozen=True)
class Series:
    labels: Mapping[str, str]
    value: float

    @property
    def name(self) -> str:
        return self.labels[_NAME]


def parse(text: str) -> Iterator[Series]:
    """Prometheus' text format (its docs: "Exposition formats")."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            found = _SERIES.match(line)
            assert found, line
            yield Series({_NAME: found["name"], **dict(_LABEL.findall(found["labels"] or ""))}, float(found["value"]))


def collected(text: str, target: Mapping[str, str], rules: Sequence[Mapping[str, Any]]) -> Iterator[Series]:
    """As the collector keeps it: with the labels of its target, of which a pod's own are put aside, and relabelled
    (Prometheus docs: "Configuration", honor_labels and relabel_config)."""
    for series in parse(text):
        aside = {f"exported_{label}": series.labels[label] for label in target if label in series.labels}
        labels: dict[str, str] | None = {**series.labels, **aside, **target}
        for rule in rules:
            labels = _relabelled(labels, rule)
            if labels is None:
                break
        else:
            yield Series(labels, series.value)


def _relabelled(labels: dict[str, str], rule: Mapping[str, Any]) -> dict[str, str] | None:
    # Prometheus anchors what it matches.
    pattern = re.compile(f"(?:{rule['regex']})")
    if rule.get("action") == "labeldrop":
        return {label: value for label, value in labels.items() if not pattern.fullmatch(label)}
    match = pattern.fullmatch(";".join(labels.get(source, "") for source in rule["source_labels"]))
    match rule.get("action", "replace"):
        case "keep":
            return labels if match else None
        case "drop":
            return None if match else labels
        case "replace":
            # The collector makes one `$` of two.
            replacement = re.sub(r"\$\$(\d)", r"\\\1", rule["replacement"])
            return {**labels, rule["target_label"]: match.expand(replacement)} if match else labels
        case other:
            raise AssertionError(f"this test knows no action {other}")


def scrape(process: psutil.Process) -> str:
    """What a process of Flink's says of itself, on whichever of its ports that is."""
    ports = [each.laddr.port for each in process.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    for port in ports:
        with contextlib.suppress(OSError, http.client.HTTPException):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                said: str = answer.read().decode()
            if said.startswith("# HELP flink_"):
                return said
    raise AssertionError(f"no port of {process.name()} has metrics: {ports}")
