"""cert-manager, which gives the operators' webhooks their certificates."""

from typing import Any

import pulumi

from infra.charts import install, replicated
from infra.namespaces import restricted_namespace
from infra.placement import Placement
from infra.versions import CERT_MANAGER, CERT_MANAGER_IMAGES

_NAMESPACE = "cert-manager"


class CertManager(pulumi.ComponentResource):
    """Its chart in a namespace of its own, images by digest. What depends on it finds its webhook answering."""

    def __init__(
        self,
        name: str,
        *,
        replicas: int,
        placement: Placement,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:CertManager", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        _, namespace = restricted_namespace(name, called=_NAMESPACE, opts=child)
        install(
            name,
            CERT_MANAGER,
            namespace=namespace,
            values=values(replicas, placement),
            disposable=disposable,
            opts=child,
        )
        self.register_outputs({})


def values(replicas: int, placement: Placement) -> dict[str, Any]:
    """The chart's values (cert-manager docs: "Helm", values reference)."""

    def part(what: str, application: str) -> dict[str, Any]:
        return {
            "replicaCount": replicas,
            "image": {"digest": CERT_MANAGER_IMAGES[what]},
            "resources": {"requests": {"cpu": "25m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
            "podDisruptionBudget": {"enabled": replicas > 1},
            **replicated(replicas, application),
            **placement.steady,
        }

    return {
        **part("controller", "cert-manager"),
        "webhook": {
            **part("webhook", "webhook"),
            # The API server trusts the webhook once the injector has written who signed for it. The chart's own test
            # for that is a Helm hook, which a chart that is rendered leaves out.
            "validatingWebhookConfigurationAnnotations": {
                "pulumi.com/waitFor": "jsonpath={.webhooks[0].clientConfig.caBundle}"
            },
        },
        "cainjector": part("cainjector", "cainjector"),
        "startupapicheck": {"enabled": False},
        # Of the images, one that runs only for ACME, and so never here.
        "acmesolver": {"image": {"digest": CERT_MANAGER_IMAGES["acmesolver"]}},
        "crds": {"enabled": True, "keep": False},
        # By default leases lie in kube-system, where an operator of ours has no business.
        "global": {"leaderElection": {"namespace": _NAMESPACE}},
    }
