"""From the jobs' pods to CloudWatch: an OpenTelemetry Collector (docs/observability.md)."""

import hashlib
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import yaml

from infra.alarms import NO_METRICS, alarm_name, description
from infra.collector_configuration import collector_configuration
from infra.collector_pod import APPLICATION, CONFIGURATION_FILE, deployment_spec
from infra.iam_policy import Document, allow, document, granted_role
from infra.job_identity import TRUST_PODS
from infra.metrics import COLLECTOR, COLLECTOR_UP, namespace_of
from infra.namespaces import restricted_namespace
from infra.placement import Placement
from infra.settings.aws import AwsSettings

_LOG_DAYS = 7
"""The metrics themselves stay for 15 months; their log lines are of use only when something is wrong with them."""


class MetricsCollector(pulumi.ComponentResource):
    """One collector in a namespace of its own, which sees the pods of the jobs' namespace and nothing else of the
    cluster, and writes to one log group and nothing else of the account."""

    alarm: pulumi.Output[str]
    """The name of the alarm that there are no metrics."""

    def __init__(
        self,
        name: str,
        settings: AwsSettings,
        *,
        jobs_in: str,
        placement: Placement,
        cluster_name: pulumi.Input[str],
        topic_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`jobs_in`: the namespace of the jobs, which exists; `topic_arn`: whom to tell when it does not collect."""
        super().__init__("lakehouse:index:MetricsCollector", name, None, opts)
        self._name = name
        child = pulumi.ResourceOptions(parent=self)
        self._log_group = aws.cloudwatch.LogGroup(
            name, name=f"/flink-lakehouse/{pulumi.get_stack()}/metrics", retention_in_days=_LOG_DAYS, opts=child
        )
        _, self._namespace = restricted_namespace(name, called=APPLICATION, opts=child)
        account = self._account(cluster_name)
        allowed = self._sees_pods(jobs_in, account)
        configuration = self._log_group.name.apply(
            lambda group: yaml.safe_dump(
                collector_configuration(
                    jobs_in=jobs_in,
                    namespace=namespace_of(pulumi.get_stack()),
                    log_group=group,
                    region=settings.region,
                    endpoint=settings.from_pods,
                ),
                sort_keys=False,
            )
        )
        # Nothing comes to it but its node's probes, which no policy could refuse.
        kubernetes.networking.v1.NetworkPolicy(
            name,
            metadata={"name": APPLICATION, "namespace": self._namespace},
            spec={"pod_selector": {}, "policy_types": ["Ingress"]},
            opts=child,
        )
        spec: Any = deployment_spec(account, self._config_map(configuration), placement, environment=settings.pod_keys)
        deployment = kubernetes.apps.v1.Deployment(
            name,
            metadata={"name": APPLICATION, "namespace": self._namespace},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[allowed]),
        )
        self.alarm = self._alarm(topic_arn, deployment)
        self.register_outputs({"alarm": self.alarm})

    def _account(self, cluster_name: pulumi.Input[str]) -> pulumi.Output[str]:
        """The name of the pod's account, once it has its role: a pod gets it when it starts."""
        child = pulumi.ResourceOptions(parent=self)
        granted = granted_role(
            self._name,
            description="Writes the metrics of the lakehouse's jobs",
            trust=TRUST_PODS,
            policy=self._log_group.arn.apply(write_policy),
            opts=child,
        )
        account = kubernetes.core.v1.ServiceAccount(
            self._name, metadata={"name": APPLICATION, "namespace": self._namespace}, opts=child
        )
        association = aws.eks.PodIdentityAssociation(
            self._name,
            cluster_name=cluster_name,
            namespace=self._namespace,
            service_account=APPLICATION,
            role_arn=granted.role.arn,
            opts=child,
        )
        ready = pulumi.Output.all(account.metadata.name, granted.policy.id, association.association_id)
        return ready.apply(lambda known: str(known[0]))

    def _sees_pods(self, namespace: str, account: pulumi.Input[str]) -> pulumi.Resource:
        child = pulumi.ResourceOptions(parent=self)
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=APPLICATION, namespace=namespace)
        role = kubernetes.rbac.v1.Role(
            self._name,
            metadata=metadata,
            rules=[{"api_groups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}],
            opts=child,
        )
        return kubernetes.rbac.v1.RoleBinding(
            self._name,
            metadata=metadata,
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": role.metadata.name},
            subjects=[{"kind": "ServiceAccount", "name": account, "namespace": self._namespace}],
            opts=child,
        )

    def _config_map(self, configuration: pulumi.Output[str]) -> pulumi.Output[str]:
        """Named by its content, so that a change of it is a new pod."""
        name = configuration.apply(lambda text: f"{APPLICATION}-{hashlib.sha256(text.encode()).hexdigest()[:10]}")
        made = kubernetes.core.v1.ConfigMap(
            self._name,
            metadata={"name": name, "namespace": self._namespace},
            data={CONFIGURATION_FILE: configuration},
            immutable=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.metadata.name.apply(str)

    def _alarm(self, topic: pulumi.Input[str], deployment: pulumi.Resource) -> pulumi.Output[str]:
        return aws.cloudwatch.MetricAlarm(
            self._name,
            name=alarm_name(pulumi.get_stack(), NO_METRICS),
            alarm_description=description(
                "No metrics have come for three minutes. Jobs may run well; nobody would know, and their alarms that "
                "a table is not kept up to date are silent until metrics come again.",
                NO_METRICS,
            ),
            namespace=namespace_of(pulumi.get_stack()),
            metric_name=COLLECTOR_UP.name,
            dimensions={"component": COLLECTOR},
            statistic="Maximum",
            comparison_operator="LessThanThreshold",
            threshold=1,
            period=60,
            evaluation_periods=3,
            treat_missing_data="breaching",
            alarm_actions=[topic],
            ok_actions=[topic],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[deployment]),
        ).name


def write_policy(group_arn: str) -> Document:
    """Write to a log group that exists; CloudWatch makes the metrics of it (awsemfexporter's README asks for more, to
    make the group itself)."""
    return document(allow("Write", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{group_arn}:*"]))
