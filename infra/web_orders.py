"""What enters web orders into the operational databases: `process` of images/weborders, run in the stack's cluster
(docs/weborders.md)."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.filled_secret import filled_secret
from infra.iam_policy import Document, document, granted_role
from infra.job_identity import TRUST_PODS
from infra.kafka import KafkaCluster
from infra.kafka_access import read_statements, write_statements
from infra.placement import Placement
from infra.settings.sources import DatabaseSource, KafkaSource, SourceSettings
from infra.settings.web_orders import DEAD_LETTERS, TOPIC, WebOrdersSettings
from infra.streams_alarms import watch_web_orders
from infra.web_orders_pod import APPLICATION, NAME, deployment_spec, environment, group, group_prefix, secret_data


class WebOrders(pulumi.ComponentResource):
    """A Deployment of processors in the jobs' namespace, with a role of its own where Kafka asks who they are."""

    def __init__(
        self,
        name: str,
        settings: WebOrdersSettings,
        *,
        sources: Mapping[str, SourceSettings],
        kafka: KafkaCluster,
        image: pulumi.Input[str],
        cluster_name: pulumi.Input[str],
        namespace: pulumi.Input[str],
        secret_store: str,
        region: str,
        placement: Placement,
        topic_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`kafka`: the cluster of `settings.source`; `image`: by digest; `namespace`: one that exists, and that may use
        `secret_store`; `topic_arn`: who is told when orders wait."""
        super().__init__("lakehouse:index:WebOrders", name, None, opts)
        self._name, self._namespace = name, namespace
        source = sources[settings.source]
        databases = {"ERPDB": sources[settings.orders], "SHIPDB": sources[settings.shipments]}
        assert isinstance(source, KafkaSource), "the settings were checked"
        written = {prefix: each for prefix, each in databases.items() if isinstance(each, DatabaseSource)}
        self._deny_ingress()
        spec = deployment_spec(
            settings,
            image=image,
            service_account=self._account(source, kafka, cluster_name),
            secret=self._secret(secret_store, secret_data(source, written)),
            environment=environment(
                source,
                written,
                stack=pulumi.get_stack(),
                bootstrap_servers=kafka.bootstrap_servers,
                region=region,
            ),
            placement=placement,
        )
        self._deploy(spec, settings.replicas)
        if kafka.arn is not None:
            watch_web_orders(
                name,
                cluster_arn=kafka.arn,
                topic=TOPIC,
                group=group(pulumi.get_stack()),
                most=settings.most_waiting,
                topic_arn=topic_arn,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})

    def _account(self, source: KafkaSource, kafka: KafkaCluster, cluster_name: pulumi.Input[str]) -> pulumi.Output[str]:
        """The name of the pods' account, once it has its role, if there is any: a pod gets it when it starts."""
        child = pulumi.ResourceOptions(parent=self)
        account = kubernetes.core.v1.ServiceAccount(
            self._name,
            metadata={"name": APPLICATION, "namespace": self._namespace},
            automount_service_account_token=False,
            opts=child,
        )
        called = account.metadata.name.apply(str)
        if source.authentication == "none":
            return called
        stack = pulumi.get_stack()
        granted = granted_role(
            self._name,
            description="Reads web orders from Kafka, and writes those that can't be entered to another topic",
            trust=TRUST_PODS,
            policy=pulumi.Output.from_input(kafka.arn).apply(lambda arn: policy(str(arn), stack=stack)),
            opts=child,
        )
        association = aws.eks.PodIdentityAssociation(
            self._name,
            cluster_name=cluster_name,
            namespace=self._namespace,
            service_account=called,
            role_arn=granted.role.arn,
            opts=child,
        )
        ready = pulumi.Output.all(called, granted.policy.id, association.association_id)
        return ready.apply(lambda known: str(known[0]))

    def _secret(self, store: str, data: list[dict[str, Any]]) -> pulumi.Output[str]:
        """Named by where its content comes from: pods that are to use another entry are other pods, and start when
        that one is filled."""
        version = hashlib.sha256(json.dumps(data).encode()).hexdigest()[:10]
        return filled_secret(
            f"{self._name}-{version}",
            called=f"{APPLICATION}-{version}",
            namespace=self._namespace,
            store=store,
            data=data,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _deny_ingress(self) -> None:
        kubernetes.networking.v1.NetworkPolicy(
            self._name,
            metadata={"name": APPLICATION, "namespace": self._namespace},
            spec={"pod_selector": {"match_labels": NAME}, "policy_types": ["Ingress"]},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _deploy(self, spec: Any, replicas: int) -> None:
        child = pulumi.ResourceOptions(parent=self)
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=APPLICATION, namespace=self._namespace)
        kubernetes.apps.v1.Deployment(self._name, metadata=metadata, spec=spec, opts=child)
        # Of a single one it would keep its node from ever being emptied.
        if replicas > 1:
            kubernetes.policy.v1.PodDisruptionBudget(
                self._name,
                metadata=metadata,
                spec={"max_unavailable": 1, "selector": {"match_labels": NAME}},
                opts=child,
            )


def policy(cluster_arn: str, *, stack: str) -> Document:
    """Read the topic in the processors' group, and write dead letters."""
    return document(
        *read_statements(cluster_arn, [TOPIC], group_prefix=group_prefix(stack)),
        *write_statements(cluster_arn, [DEAD_LETTERS]),
    )
