"""Who a job is: one AWS role and one Kubernetes account that can do what its job.yaml says and nothing else."""

import hashlib
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.iam_policy import Document, GrantedRole, Statement, allow, document, granted_role, trusted
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
        catalog_places: Sequence[str] = (),
        kms_key_arn: pulumi.Input[str],
        glue_arn: pulumi.Input[str],
        cluster_name: pulumi.Input[str],
        namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`glue_arn`: `arn:<partition>:glue:<region>:<account>`, the front of every Glue ARN; `catalog_places`:
        `bucket/prefix` of the catalogs beside the lake's that the job uses."""
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
            policy=arns.apply(lambda found: job_policy(job, stack=stack, catalog_places=catalog_places, **found)),
            opts=child,
        )
        self.service_account = account_of_pods(
            name, granted, cluster_name=cluster_name, namespace=namespace, parent=self
        )
        self.role_arn = granted.role.arn
        self.register_outputs({"role_arn": self.role_arn})


def account_of_pods(
    name: str,
    granted: GrantedRole,
    *,
    cluster_name: pulumi.Input[str],
    namespace: pulumi.Input[str],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """The name of a service account that has its role and rights: a pod gets its role when it starts, so only one that
    is bound and allowed may be used."""
    child = pulumi.ResourceOptions(parent=parent)
    account = _kubernetes_account(name, namespace, child)
    association = aws.eks.PodIdentityAssociation(
        name,
        cluster_name=cluster_name,
        namespace=namespace,
        service_account=account,
        role_arn=granted.role.arn,
        opts=child,
    )
    ready = pulumi.Output.all(account, granted.policy.id, association.association_id)
    return ready.apply(lambda values: str(values[0]))


def _kubernetes_account(name: str, namespace: pulumi.Input[str], child: pulumi.ResourceOptions) -> pulumi.Output[str]:
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
    catalog_places: Sequence[str] = (),
) -> Document:
    """The IAM policy of a job: its own state prefix, the tables and files that it writes, the topics that it reads, the
    lake's key. `kafka`: source → the cluster's ARN, where it asks who a client is."""
    folders = [f"{job.name}/{name}" for name in job.manifest.files]
    statements = [
        *(_of_tables(job, warehouse, glue) if job.tables else []),
        *state_statements(state, job.name),
    ]
    if files is not None and folders:
        statements.append(_objects("Files", [f"{files}/{folder}/*" for folder in folders]))
        statements.append(_listing("ListFiles", files, folders))
    for place in catalog_places:
        statements += _of_catalog(place, partition=warehouse.split(":")[1])
    for read in job.manifest.reads:
        cluster = kafka.get(read.source)
        if cluster:
            statements += read_statements(cluster, read.topics, group_prefix=f"{stack}.{job.name}.")
    return document(*statements, allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [kms_key]))


def state_statements(bucket: str, prefix: str) -> list[Statement]:
    """The state of a job, or of a cluster, under its own prefix."""
    return [_objects("State", [f"{bucket}/{prefix}/*"]), _listing("ListState", bucket, [prefix])]


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


def _of_catalog(place: str, *, partition: str) -> list[Statement]:
    """Tables of others, which the job reads and writes where their catalog lets it."""
    mark = hashlib.sha256(place.encode()).hexdigest()[:8]
    bucket, _, prefix = place.partition("/")
    arn = f"arn:{partition}:s3:::{bucket}"
    if not prefix:
        return [_objects(f"Catalog{mark}", [f"{arn}/*"]), allow(f"ListCatalog{mark}", ["s3:ListBucket"], [arn])]
    return [_objects(f"Catalog{mark}", [f"{arn}/{prefix}/*"]), _listing(f"ListCatalog{mark}", arn, [prefix])]


def _objects(sid: str, resources: list[str]) -> Statement:
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    return allow(sid, actions, resources)


def _listing(sid: str, bucket: str, prefixes: list[str]) -> Statement:
    allowed = [pattern for prefix in prefixes for pattern in (prefix, f"{prefix}/*")]
    return allow(sid, ["s3:ListBucket"], [bucket]) | {"Condition": {"StringLike": {"s3:prefix": allowed}}}
