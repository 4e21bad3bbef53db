"""Where jobs run: a namespace of the cluster, and who may talk to their pods."""

import pulumi
import pulumi_kubernetes as kubernetes

from infra.flink_configuration import METRICS_PORT
from infra.namespaces import restricted_namespace
from infra.settings.names import Name

_FLINK_PODS = {"type": "flink-native-kubernetes"}
"""The label that Flink gives its pods (Flink docs: native Kubernetes, "Manual Resource Cleanup")."""

_REST_PORT = 8081


class JobNamespace(pulumi.ComponentResource):
    """The namespace of the stack's jobs, held to Kubernetes' strictest pod security standard; its pods are reached by
    each other, by the Flink operator and by what reads metrics."""

    name: pulumi.Output[str]

    def __init__(self, name: str, called: Name, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("lakehouse:index:JobNamespace", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        _, self.name = restricted_namespace(name, called=called, opts=child)
        kubernetes.networking.v1.NetworkPolicy(
            name, metadata={"name": "flink-pods", "namespace": self.name}, spec=network_policy(), opts=child
        )
        self.register_outputs({"name": self.name})


def network_policy() -> kubernetes.networking.v1.NetworkPolicySpecArgsDict:
    """Ingress to pods of jobs. Flink's REST API could stop a job, and its RPC ports have no login at all."""
    return {
        "pod_selector": {"match_labels": _FLINK_PODS},
        "policy_types": ["Ingress"],
        "ingress": [
            {"from_": [{"pod_selector": {"match_labels": _FLINK_PODS}}]},
            {
                "from_": [_anywhere("flink-kubernetes-operator")],
                "ports": [{"protocol": "TCP", "port": _REST_PORT}],
            },
            {
                "from_": [_anywhere("metrics-collector")],
                "ports": [{"protocol": "TCP", "port": METRICS_PORT}],
            },
        ],
    }


def _anywhere(application: str) -> kubernetes.networking.v1.NetworkPolicyPeerArgsDict:
    """The pods of an application, in whatever namespace it is."""
    return {"namespace_selector": {}, "pod_selector": {"match_labels": {"app.kubernetes.io/name": application}}}
