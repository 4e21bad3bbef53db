from typing import Any

import pytest

from tests.policy.given import UNKNOWN, Given, findings

RULE = "unpinned-chart"
DIGEST = "@sha256:" + "0" * 64
REPO = {"repo": "https://charts.example.com"}


def chart(kind: str = "v4:Chart", **inputs: Any) -> Given:
    return Given(f"kubernetes:helm.sh/{kind}", "it", inputs)


@pytest.mark.parametrize(
    "inputs",
    [
        {"chart": "flink", "version": "1.15.0", "repositoryOpts": REPO},
        {"chart": "flink", "version": "v1.15.0-rc.1+b2", "repositoryOpts": REPO},
        {"chart": f"oci://registry/flink{DIGEST}"},
        {"chart": f"oci://registry/flink{DIGEST}", "version": "1.15.0"},
        {"chart": "https://charts.example.com/flink-1.15.0.tgz"},
        {"chart": "./charts/flink"},
        {"chart": "/srv/charts/flink"},
        {"chart": "charts/flink-1.15.0.tgz"},
    ],
)
@pytest.mark.parametrize("kind", ["v4:Chart", "v3:Chart", "v3:Release"])
def test_a_pinned_chart_passes(inputs: dict[str, Any], kind: str) -> None:
    assert findings(RULE, chart(kind, **inputs)) == []


@pytest.mark.parametrize("version", [None, "", "1.15", "^1.15.0", "~1", ">=1.0.0", "1.x", "*", "latest"])
@pytest.mark.parametrize("kind", ["v4:Chart", "v3:Chart", "v3:Release"])
def test_a_chart_without_one_exact_version_is_found(version: str | None, kind: str) -> None:
    (message,) = findings(RULE, chart(kind, chart="flink", version=version, repositoryOpts=REPO))
    assert (f"version '{version}'" if version else "so for the latest") in message
    assert "name one version exactly" in message


@pytest.mark.parametrize(
    "reference", ["oci://registry/flink", "oci://registry/flink:1.15.0", "oci://registry/flink@sha256:1"]
)
def test_an_oci_chart_by_tag_is_found_whatever_its_version(reference: str) -> None:
    (message,) = findings(RULE, chart(chart=reference, version="1.15.0"))
    assert "is not pinned by digest" in message


def test_a_folders_name_in_a_repository_is_no_folder() -> None:
    assert len(findings(RULE, chart(chart="./flink", repositoryOpts=REPO))) == 1
    assert len(findings(RULE, chart(chart="https://charts.example.com/flink.tgz"))) == 1


def test_a_remote_component_without_inputs_or_with_unknown_ones_is_no_violation() -> None:
    assert findings(RULE, chart()) == []
    assert findings(RULE, chart(chart=UNKNOWN)) == []
    assert findings(RULE, chart(chart="flink", version=UNKNOWN, repositoryOpts=REPO)) == []


def test_other_resources_have_charts_and_versions_of_their_own() -> None:
    assert findings(RULE, Given("aws:x/dashboard:Dashboard", "it", {"chart": "pie"})) == []
