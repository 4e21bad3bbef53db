import re
from typing import Any

from infra.cert_manager import CertManager, values
from infra.placement import Placement
from tests.declared import deploy

STEADY = Placement(steady={"nodeSelector": {"nodes": "steady"}})


def parts(replicas: int) -> list[dict[str, Any]]:
    found = values(replicas, STEADY)
    return [found, found["webhook"], found["cainjector"]]


def test_its_chart_is_in_a_namespace_that_takes_restricted_pods_only() -> None:
    cloud = deploy(lambda: CertManager("cert-manager", replicas=1, placement=Placement(), disposable=True))
    chart = cloud.inputs("kubernetes:helm.sh/v4:Chart", "cert-manager")
    namespace = cloud.inputs("kubernetes:core/v1:Namespace", "cert-manager")["metadata"]
    assert chart["namespace"] == namespace["name"] == "cert-manager"
    assert namespace["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}


def test_every_part_runs_an_image_by_digest_on_steady_nodes_within_bounds() -> None:
    for part in [*parts(1), values(1, STEADY)["acmesolver"]]:
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", part["image"]["digest"])
    for part in parts(1):
        assert part["nodeSelector"] == {"nodes": "steady"}
        assert part["resources"]["limits"] == {"memory": "256Mi"}
    assert len({part["image"]["digest"] for part in parts(1)}) == 3


def test_two_of_each_part_are_apart_and_never_both_away() -> None:
    for part in parts(2):
        assert part["replicaCount"] == 2
        assert part["podDisruptionBudget"] == {"enabled": True}
        assert part["topologySpreadConstraints"]
    assert not any(part["podDisruptionBudget"]["enabled"] for part in parts(1))


def test_whoever_waits_for_it_finds_a_webhook_that_the_api_server_trusts() -> None:
    annotations = values(1, STEADY)["webhook"]["validatingWebhookConfigurationAnnotations"]
    assert annotations == {"pulumi.com/waitFor": "jsonpath={.webhooks[0].clientConfig.caBundle}"}
    # The chart's own test is a hook, which would never run.
    assert values(1, STEADY)["startupapicheck"] == {"enabled": False}


def test_its_definitions_are_upgraded_with_it() -> None:
    assert values(1, STEADY)["crds"] == {"enabled": True, "keep": False}


def test_it_leads_in_its_own_namespace() -> None:
    assert values(2, STEADY)["global"]["leaderElection"] == {"namespace": "cert-manager"}
