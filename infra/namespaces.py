"""Kubernetes namespaces, each held to the strictest pod security standard."""

import pulumi
import pulumi_kubernetes as kubernetes


def restricted_namespace(
    name: str, *, called: str, opts: pulumi.ResourceOptions
) -> tuple[kubernetes.core.v1.Namespace, pulumi.Output[str]]:
    """A namespace that takes no pod with more rights than it needs; with its name, once it exists."""
    namespace = kubernetes.core.v1.Namespace(
        name,
        metadata={"name": called, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
        opts=opts,
    )
    return namespace, namespace.metadata.name.apply(str)
