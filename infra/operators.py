"""What must run in the cluster before any job can: the operators that it does not have yet."""

from collections.abc import Sequence

import pulumi

from infra.cert_manager import CertManager
from infra.external_secrets import ExternalSecrets
from infra.flink_operator import FlinkOperator
from infra.placement import placement
from infra.settings.aws import AwsSettings
from infra.settings.cluster import ClusterSettings, OperatorSettings
from infra.source_secrets import SecretEntry


class Operators(pulumi.ComponentResource):
    """cert-manager, the External Secrets Operator and the Flink Kubernetes Operator, but for those that an existing
    cluster provides. What depends on this component waits until they are ready."""

    def __init__(
        self,
        name: str,
        settings: OperatorSettings,
        *,
        cluster: ClusterSettings,
        cluster_name: pulumi.Input[str],
        entries: Sequence[SecretEntry],
        aws: AwsSettings,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`entries`: what jobs may read of Secrets Manager. The namespace of the jobs exists before this."""
        super().__init__("lakehouse:index:Operators", name, None, opts)
        provided = cluster.existing.provides if cluster.existing else []
        placed, replicas = placement(cluster), settings.replicas
        child = pulumi.ResourceOptions(parent=self)
        before: list[pulumi.Resource] = []
        if "cert-manager" not in provided:
            before.append(
                CertManager("cert-manager", replicas=replicas, placement=placed, disposable=disposable, opts=child)
            )
        if "external-secrets" not in provided:
            before.append(
                ExternalSecrets(
                    "external-secrets",
                    aws,
                    store=cluster.secret_store,
                    for_namespace=cluster.namespace,
                    entries=entries,
                    cluster_name=cluster_name,
                    replicas=replicas,
                    placement=placed,
                    disposable=disposable,
                    opts=child,
                )
            )
        if "flink-operator" not in provided:
            FlinkOperator(
                "flink-operator",
                watches=cluster.namespace,
                replicas=replicas,
                placement=placed,
                disposable=disposable,
                # Its webhook needs a certificate, and the certificate's keystore a password.
                opts=pulumi.ResourceOptions(parent=self, depends_on=before),
            )
        self.register_outputs({})
