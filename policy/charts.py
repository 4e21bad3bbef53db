"""Helm charts, which are code that runs with the cluster's rights."""

import re
from collections.abc import Iterator
from typing import Any

from policy.resources import UNKNOWN, Resource
from policy.rules import Finding, ResourceRule

_CHARTS = re.compile(r"kubernetes:helm\.sh/v\d+:(Chart|Release)")
_EXACT = re.compile(r"v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")
_PACKAGE = re.compile(r".*-v?\d+\.\d+\.\d+\S*\.tgz")
_BY_DIGEST = re.compile(r"oci://\S+@sha256:[0-9a-f]{64}")

_WHY = (
    "the same commit then installs another chart tomorrow, with other rights and other images, which nobody has "
    'reviewed (Helm docs: "helm install", --version)'
)


def _unpinned(resource: Resource) -> Iterator[Finding]:
    chart = resource.at("chart")
    # A remote component comes without its inputs: of a Chart there is nothing to see but the objects that it renders.
    if not _CHARTS.fullmatch(resource.type) or not isinstance(chart, str):
        return
    version = resource.at("version")
    if chart.startswith("oci://"):
        if not _BY_DIGEST.fullmatch(chart):
            yield Finding(
                f"The OCI chart {chart} is not pinned by digest",
                f"a tag in a registry can be moved; {_WHY}",
                "write oci://<repository>@sha256:<digest>, and the version beside it, which Helm then checks",
            )
    elif not _is_local(resource, chart) and not _PACKAGE.fullmatch(chart) and not _is_exact(version):
        said = f"asks for version '{version}'" if version else "asks for no version, so for the latest"
        yield Finding(f"The chart {chart} {said}", _WHY, "name one version exactly, like '1.21.2'")


def _is_local(resource: Resource, chart: str) -> bool:
    """A folder or package of the repository, which has a version as its commit does."""
    has_repository = resource.at("repositoryOpts", "repo") is not None
    return not has_repository and "://" not in chart and (chart.startswith((".", "/")) or chart.endswith(".tgz"))


def _is_exact(version: Any) -> bool:
    return version is UNKNOWN or (isinstance(version, str) and _EXACT.fullmatch(version) is not None)


RULES = (ResourceRule("unpinned-chart", "A Helm chart has one exact version, an OCI one a digest.", _unpinned),)
