"""Who a job is: one AWS role and one Kubernetes account that can do what its job.yaml says and nothing else."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.iam_policy import Document, Statement, allow, document, granted_role, trusted
from infra.jobs import LakeTable

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
        name: str,
        *,
        tables: Sequence[LakeTable],
        warehouse_arn: pulumi.Input[str],
        state_arn: pulumi.Input[str],
        kms_key_arn: pulumi.Input[str],
        glue_arn: pulumi.Input[str],
        cluster_name: pulumi.Input[str],
        namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`glue_arn`: `arn:<partition>:glue:<region>:<account>`, the front of every Glue ARN."""
        super().__init__("lakehouse:index:JobIdentity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        arns = pulumi.Output.all(warehouse=warehouse_arn, state=state_arn, kms_key=kms_key_arn, glue=glue_arn)
        granted = granted_role(
            name,
            description=f"What the Flink job {name} may do",
            trust=TRUST_PODS,
            policy=arns.apply(lambda found: job_policy(name, tables, **found)),
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
    job: str, tables: Sequence[LakeTable], *, warehouse: str, state: str, kms_key: str, glue: str
) -> Document:
    """The IAM policy of a job: its own state prefix, the tables that it writes, the lake's key."""
    databases = sorted({table.database for table in tables})
    prefixes = [f"{table.database}/{table.name}" for table in tables]
    glue_databases = [f"{glue}:database/{database}" for database in databases]
    return document(
        _objects("Data", [f"{warehouse}/{prefix}/*" for prefix in prefixes]),
        _listing("ListData", warehouse, prefixes),
        _objects("State", [f"{state}/{job}/*"]),
        _listing("ListState", state, [job]),
        allow(
            "Tables",
            ["glue:GetDatabase", "glue:GetTable", "glue:CreateTable", "glue:UpdateTable"],
            [
                f"{glue}:catalog",
                *glue_databases,
                *[f"{glue}:table/{table.database}/{table.name}" for table in tables],
            ],
        ),
        allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [kms_key]),
    )


def _objects(sid: str, resources: list[str]) -> Statement:
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    return allow(sid, actions, resources)


def _listing(sid: str, bucket: str, prefixes: list[str]) -> Statement:
    allowed = [pattern for prefix in prefixes for pattern in (prefix, f"{prefix}/*")]
    return allow(sid, ["s3:ListBucket"], [bucket]) | {"Condition": {"StringLike": {"s3:prefix": allowed}}}
