"""A Kubernetes Secret that the External Secrets Operator fills from Secrets Manager."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes


def filled_secret(
    name: str,
    *,
    called: str,
    namespace: pulumi.Input[str],
    store: str,
    data: Sequence[dict[str, Any]],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The Secret's name, once it is filled. `called`: that name; `store`: the ClusterSecretStore; `data`: as in an
    ExternalSecret, which key of which entry becomes which key of the Secret."""
    external = kubernetes.apiextensions.CustomResource(
        name,
        api_version="external-secrets.io/v1",
        kind="ExternalSecret",
        metadata={
            "name": called,
            "namespace": namespace,
            "annotations": {"pulumi.com/waitFor": "condition=Ready"},
        },
        spec={
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": store},
            "target": {"name": called, "creationPolicy": "Owner"},
            "data": list(data),
        },
        opts=opts,
    )
    return external.id.apply(lambda _: called)
