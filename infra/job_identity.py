"""Who a job is: one AWS role and one Kubernetes account that can do what its job.yaml says and nothing else."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.iam_policy import Document, Statement, allow, document, granted_role, trusted
from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.kafka_access import read_statements

TRUST_PODS = trusted("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"])
"""EKS Pod Identity (EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity")."""

_JOBMANAGER_RULES: list[kubernetes.rbac.v1.PolicyRuleArgsDict] = [
    {
        "api_groups": [""],
        "resources": ["pods", "configmaps"],
        "verbs": ["create", "get", "list", "watch", "update", "patch", "delete", "deletecollection"],
    },
    {
        "api_groups": ["apps"],
        "resources": ["deployments", "deployments/finalizers"],
        "verbs": ["get", "update", "patch"],
    },
]
"""A JobManager makes its TaskManagers' pods, and leads through ConfigMaps (Flink docs: native Kubernetes, "RBAC")."""


class JobIdentity(pulumi.ComponentResource):
    """A job's role, bound to its service account by EKS Pod Identity, and the account's rights in the namespace."""

    service_account: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        job: Job,
        *,
        warehouse_arn: pulumi.Input[str],
        state_arn: pulumi.Input[str],
        files_arn: pulumi.Input[str] | None,
        kafka: Mapping[str, KafkaCluster],
        kms_key_arn: pulumi.Input[str],
        glue_arn: pulumi.Input[str],
        cluster_name: pulumi.Input[str],
        namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`glue_arn`: `arn:<partition>:glue:<region>:<account>`, the front of every Glue ARN."""
        name = job.name
        super().__init__("lakehouse:index:JobIdentity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        stack = pulumi.get_stack()
        arns = pulumi.Output.all(
            warehouse=warehouse_arn,
            state=state_arn,
            files=files_arn,
            kms_key=kms_key_arn,
            glue=glue_arn,
            kafka={read.source: kafka[read.source].arn for read in job.manifest.reads if read.topics},
        )
        granted = granted_role(
            name,
            description=f"What the Flink job {name} may do",
            trust=TRUST_PODS,
            policy=arns.apply(lambda found: job_policy(job, stack=stack, **found)),
            opts=child,
        )
        account = self._kubernetes_account(name, namespace)
        association = aws.eks.PodIdentityAssociation(
            name,
            cluster_name=cluster_name,
            namespace=namespace,
            service_account=account,
            role_arn=granted.role.arn,
            opts=child,
        )
        # A pod gets its role when it starts: only an account that is bound and allowed may be used.
        ready = pulumi.Output.all(account, granted.policy.id, association.association_id)
        self.service_account = ready.apply(lambda values: str(values[0]))
        self.role_arn = granted.role.arn
        self.register_outputs({"role_arn": self.role_arn})

    def _kubernetes_account(self, name: str, namespace: pulumi.Input[str]) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace)
        account = kubernetes.core.v1.ServiceAccount(name, metadata=metadata, opts=child)
        role = kubernetes.rbac.v1.Role(name, metadata=metadata, rules=_JOBMANAGER_RULES, opts=child)
        binding = kubernetes.rbac.v1.RoleBinding(
            name,
            metadata=metadata,
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": role.metadata.name},
            subjects=[{"kind": "ServiceAccount", "name": account.metadata.name, "namespace": namespace}],
            opts=child,
        )
        return pulumi.Output.all(account.metadata.name, binding.id).apply(lambda values: str(values[0]))


def job_policy(
    job: Job,
    *,
    stack: str,
    warehouse: str,
    state: str,
    files: str | None,
    kms_key: str,
    glue: str,
    kafka: Mapping[str, str | None],
) -> Document:
    """The IAM policy of a job: its own state prefix, the tables and files that it writes, the topics that it reads, the
    lake's key. `kafka`: source → the cluster's ARN, where it asks who a client is."""
    folders = [f"{job.name}/{name}" for name in job.manifest.files]
    statements = [
        *(_of_tables(job, warehouse, glue) if job.tables else []),
        _objects("State", [f"{state}/{job.name}/*"]),
        _listing("ListState", state, [job.name]),
    ]
    if files is not None and folders:
        statements.append(_objects("Files", [f"{files}/{folder}/*" for folder in folders]))
        statements.append(_listing("ListFiles", files, folders))
    for read in job.manifest.reads:
        cluster = kafka.get(read.source)
        if cluster:
            statements += read_statements(cluster, read.topics, group_prefix=f"{stack}.{job.name}.")
    return document(*statements, allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [kms_key]))


def _of_tables(job: Job, warehouse: str, glue: str) -> list[Statement]:
    databases = sorted({table.database for table in job.tables})
    prefixes = [f"{table.database}/{table.name}" for table in job.tables]
    return [
        _objects("Data", [f"{warehouse}/{prefix}/*" for prefix in prefixes]),
        _listing("ListData", warehouse, prefixes),
        allow(
            "Tables",
            ["glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
            [
                f"{glue}:catalog",
                *[f"{glue}:database/{database}" for database in databases],
                *[f"{glue}:table/{table.database}/{table.name}" for table in job.tables],
            ],
        ),
    ]


def _objects(sid: str, resources: list[str]) -> Statement:
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    return allow(sid, actions, resources)


def _listing(sid: str, bucket: str, prefixes: list[str]) -> Statement:
    allowed = [pattern for prefix in prefixes for pattern in (prefix, f"{prefix}/*")]
    return allow(sid, ["s3:ListBucket"], [bucket]) | {"Condition": {"StringLike": {"s3:prefix": allowed}}}
