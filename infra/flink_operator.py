"""The Flink Kubernetes Operator, which runs, upgrades and repairs the jobs' FlinkDeployments."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from infra.charts import RESTRICTED_CONTAINER, RESTRICTED_POD, install, replicated
from infra.namespaces import restricted_namespace
from infra.placement import Placement
from infra.versions import FLINK_OPERATOR, FLINK_OPERATOR_IMAGE

_NAMESPACE = "flink-operator"
_KEYSTORE = "flink-operator-webhook-keystore"
METRICS_PORT = 9999


class FlinkOperator(pulumi.ComponentResource):
    """Its chart with its CRDs, watching the jobs' namespace and no other; its webhook refuses a wrong FlinkDeployment
    before anything restarts."""

    def __init__(
        self,
        name: str,
        *,
        watches: str,
        replicas: int,
        placement: Placement,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`watches`: the namespace of the jobs, which exists: the chart makes a role in it."""
        super().__init__("lakehouse:index:FlinkOperator", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        _, namespace = restricted_namespace(name, called=_NAMESPACE, opts=child)
        password = self._keystore_password(name, namespace)
        install(
            name,
            FLINK_OPERATOR,
            namespace=namespace,
            values=values(watches, replicas, placement),
            disposable=disposable,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[password]),
        )
        self.register_outputs({})

    def _keystore_password(self, name: str, namespace: pulumi.Input[str]) -> pulumi.Resource:
        """Made within the cluster, so that it stands nowhere else; the chart's own default is the same everywhere."""
        generator = kubernetes.apiextensions.CustomResource(
            f"{name}-keystore",
            api_version="generators.external-secrets.io/v1alpha1",
            kind="Password",
            metadata={"name": _KEYSTORE, "namespace": namespace},
            spec={"length": 32, "symbols": 0, "noUpper": False, "allowRepeat": True},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return kubernetes.apiextensions.CustomResource(
            f"{name}-keystore-password",
            api_version="external-secrets.io/v1",
            kind="ExternalSecret",
            metadata={
                "name": _KEYSTORE,
                "namespace": namespace,
                "annotations": {"pulumi.com/waitFor": "condition=Ready"},
            },
            spec={
                # Once: the keystore that cert-manager writes and the webhook that opens it must agree.
                "refreshPolicy": "CreatedOnce",
                "target": {"name": _KEYSTORE, "creationPolicy": "Owner"},
                "dataFrom": [
                    {
                        "sourceRef": {
                            "generatorRef": {
                                "apiVersion": "generators.external-secrets.io/v1alpha1",
                                "kind": "Password",
                                "name": _KEYSTORE,
                            }
                        }
                    }
                ],
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[generator]),
        )


def values(watched: str, replicas: int, placement: Placement) -> dict[str, Any]:
    """The chart's values (operator docs: "Helm", "Configuration")."""
    configuration = {
        "kubernetes.operator.metrics.reporter.prom.factory.class": (
            "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"
        ),
        "kubernetes.operator.metrics.reporter.prom.port": str(METRICS_PORT),
        **_leader_election(replicas),
    }
    resources = {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}}
    return {
        "image": {"digest": FLINK_OPERATOR_IMAGE},
        "watchNamespaces": [watched],
        "replicas": replicas,
        # Two operators at once are what leader election is for; without it the old one must go first.
        "strategy": {"type": "RollingUpdate" if replicas > 1 else "Recreate"},
        "metrics": {"port": METRICS_PORT},
        "defaultConfiguration": {
            "flink-conf.yaml": "".join(f"{key}: {value}\n" for key, value in configuration.items())
        },
        "webhook": {
            "create": True,
            "keystore": {
                "useDefaultPassword": False,
                "passwordSecretRef": {"name": _KEYSTORE, "key": "password"},
            },
        },
        # Each job has an account of its own (infra/job_identity.py).
        "jobServiceAccount": {"create": False},
        "rbac": {"jobRole": {"create": False}, "jobRoleBinding": {"create": False}},
        "podSecurityContext": {"runAsUser": 9999, "runAsGroup": 9999, **RESTRICTED_POD},
        "operatorSecurityContext": RESTRICTED_CONTAINER,
        "webhookSecurityContext": RESTRICTED_CONTAINER,
        "operatorPod": {
            "resources": resources,
            "webhook": {"resources": resources},
            **replicated(replicas, "flink-kubernetes-operator"),
            **placement.steady,
        },
    }


def _leader_election(replicas: int) -> dict[str, str]:
    if replicas == 1:
        return {}
    return {
        "kubernetes.operator.leader-election.enabled": "true",
        "kubernetes.operator.leader-election.lease-name": "flink-operator-lease",
    }
