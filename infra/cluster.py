"""Where jobs run: a namespace of an existing cluster that has the Flink and External Secrets operators.

Making the network, the cluster and the operators is the next step of the road map; they will stand beside this one.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from infra.settings import ClusterSettings


class JobNamespace(pulumi.ComponentResource):
    """The namespace of the stack's jobs, held to Kubernetes' strictest pod security standard."""

    name: pulumi.Output[str]

    def __init__(self, name: str, settings: ClusterSettings, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("lakehouse:index:JobNamespace", name, None, opts)
        namespace = kubernetes.core.v1.Namespace(
            name,
            metadata={
                "name": settings.namespace,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = namespace.metadata.name.apply(str)
        self.register_outputs({"name": self.name})
