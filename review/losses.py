"""What goes with a resource that is deleted or replaced."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from review.preview import Preview, Step


class Kind(IntEnum):
    """What is lost, the worst first."""

    DATA = 0
    STATE = 1
    IDENTITY = 2
    PROTECTION = 3
    UNKNOWN = 4
    NOTHING = 5


@dataclass(frozen=True)
class Loss:
    """One resource that goes, and what goes with it."""

    step: Step
    kind: Kind
    what: str


BUCKET: Final = r"aws:s3/bucket(V2)?:.*"
JOB: Final = r"kubernetes:flink\.apache\.org/.*"
_RBAC = r"kubernetes:rbac\.authorization\.k8s\.io/v1:(Cluster)?"

_GOES: Mapping[Kind, Mapping[str, str]] = {
    Kind.DATA: {
        BUCKET: "every object in it, in every version; without forceDestroy S3 refuses while there is one",
        "aws:glue/catalogDatabase:.*": "its tables' entries; their files stay on S3, and nobody finds the current ones",
        "aws:glue/catalogTable:.*": "the table's entry; its files stay on S3, and nobody finds the current ones",
        "aws:msk/(cluster|topic):.*": "its records",
        "aws:kms/key:.*": "what it encrypts: unreadable once its waiting period ends",
        "aws:ecr/repository:.*": "its images: a pod that starts anew can't pull them",
        "aws:secretsmanager/secret:.*": "the secret, once its recovery window ends",
        "aws:cloudwatch/logGroup:.*": "its logs",
        "aws:athena/workgroup:.*": "its history of queries, and the queries saved in it",
        "kubernetes:core/v1:Secret": "the secret's values",
        "kubernetes:core/v1:PersistentVolumeClaim": "what is on its volume, unless that is retained",
        "kubernetes:core/v1:Namespace": "everything in it",
        "kubernetes:apiextensions.k8s.io/.*": "every object of that kind, in every namespace",
    },
    Kind.STATE: {
        JOB: "the running job; what becomes of its state stands below",
        "aws:eks/cluster:.*": "each job's way to its last checkpoint: they are restored by hand, from savepoints on S3",
    },
    Kind.IDENTITY: {
        "aws:iam/role:.*": "the role: who uses it is refused, and what names its ARN names nobody",
        "aws:iam/(rolePolicy|policy):.*": "what it allows",
        "aws:iam/rolePolicyAttachment:.*": "what the attached policy allows the role",
        "aws:iam/openIdConnectProvider:.*": "the way into every role that trusts it",
        "aws:eks/podIdentityAssociation:.*": "the role of pods that start meanwhile",
        "aws:eks/accessEntry:.*": "the principal's way into the cluster",
        "aws:eks/accessPolicyAssociation:.*": "the principal's rights in the cluster",
        "aws:lakeformation/permissions:.*": "what it grants",
        "aws:lakeformation/optIn:.*": "the opt-in: IAM alone decides on the principal's access",
        "aws:lakeformation/lfTag:.*": "the tag, and every grant that goes by it",
        "aws:lakeformation/resourceLfTag:.*": "what grants by that tag give on it",
        "aws:lakeformation/resource:.*": "Lake Formation's access to the location, and so that of all its grantees",
        "aws:lakeformation/dataLakeSettings:.*": "who administers Lake Formation in the account",
        "aws:sns/topic:.*": "its ARN, and who subscribed to it",
        "aws:sns/topicSubscription:.*": "the subscription",
        "aws:ec2/eip:.*": "its address, which databases may have on their lists",
        "kubernetes:core/v1:ServiceAccount": "the account: its running pods' tokens end",
        f"{_RBAC}Role": "what it allows in the cluster",
        f"{_RBAC}RoleBinding": "what its role allows its subjects in the cluster",
        "kubernetes:external-secrets.io/v1:ClusterSecretStore": "the way of the jobs' secrets into the cluster",
        "kubernetes:external-secrets.io/v1:ExternalSecret": "the Secret that it fills, which pods need to start",
    },
    Kind.PROTECTION: {
        "aws:s3/bucketPolicy:.*": "what limits how the bucket may be reached, and by whom",
        "aws:(sns/topic|ecr/repository|secretsmanager/secret|kms/key)Policy:.*": "what limits who may use it",
        "aws:s3/bucketPublicAccessBlock:.*": "what keeps the bucket from being made public",
        "aws:s3/bucketServerSideEncryptionConfiguration:.*": "encryption by the stack's key of what is written next",
        "aws:s3/bucketVersioning:.*": "earlier versions of what is overwritten from then on",
        "aws:s3/bucketLogging:.*": "the log of who reads the bucket",
        "aws:s3/bucketOwnershipControls:.*": "the ownership of what others write into the bucket",
        "aws:ec2/flowLog:.*": "the log of the network's connections",
        "aws:cloudwatch/(metricAlarm|compositeAlarm):.*": "the alarm",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy": "the limits on who may reach its pods",
        "kubernetes:admissionregistration.k8s.io/.*": "the check of objects before the cluster takes them",
    },
    Kind.NOTHING: {
        "aws:ec2/(natGateway|internetGateway|vpcEndpoint|vpc|subnet|route.*|securityGroup|defaultSecurityGroup):.*"
        "|aws:vpc/.*": "connections through it break meanwhile",
        r"kubernetes:(eks\.amazonaws\.com|karpenter\.sh)/.*": "its nodes are drained; jobs go on from checkpoints",
        "aws:(scheduler/schedule|sfn/stateMachine|cloudwatch/eventRule|cloudwatch/eventTarget):.*": "what it does "
        "regularly is not done meanwhile",
        "kubernetes:apps/v1:(Deployment|DaemonSet)": "its pods stop meanwhile",
        "aws:athena/namedQuery:.*|aws:cloudwatch/(dashboard|logMetricFilter):.*|aws:ecr/lifecyclePolicy:.*"
        "|aws:glue/catalogTableOptimizer:.*|aws:kms/alias:.*|aws:s3/bucketLifecycleConfiguration:.*|docker-build:.*"
        "|kubernetes:core/v1:(ConfigMap|Service)|kubernetes:(generators.external-secrets|cert-manager).io/.*"
        "|kubernetes:policy/v1:PodDisruptionBudget|pulumi:providers:.*"
        "|aws:msk/configuration:.*|aws:appautoscaling/.*": "",
        "aws:s3/bucketObjectv2:.*": "the catalogue's page, which is written anew from the contract",
        "aws:ssm/parameter:.*": "which snapshot was last found good, until the next check",
    },
}
"""By a pattern of the resource's type. A type that is none of these is not known."""

_KNOWN = [(re.compile(types), kind, what) for kind, known in _GOES.items() for types, what in known.items()]


def losses(preview: Preview) -> list[Loss]:
    """Of everything that is deleted or replaced, the worst first."""
    gone = [step for step in preview.changed if step.is_real and step.takes_away]
    return sorted((_loss(step) for step in gone), key=lambda loss: loss.kind)


def lost_buckets(preview: Preview) -> frozenset[str]:
    """The names of those that go, with what is in them."""
    gone = [step.old for step in preview.changed if step.takes_away and step.old and re.fullmatch(BUCKET, step.type)]
    return frozenset(name for old in gone for name in (old.id, old.outputs.get("bucket")) if name)


def _loss(step: Step) -> Loss:
    if step.old and step.old.retain_on_delete:
        return Loss(step, Kind.NOTHING, "Pulumi forgets it, and leaves it as it is")
    for types, kind, what in _KNOWN:
        if types.fullmatch(step.type):
            return Loss(step, kind, what)
    return Loss(step, Kind.UNKNOWN, "not known of this type: look what it holds")
