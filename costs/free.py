"""Kinds of resources that cost nothing, or nothing beyond what stands elsewhere in an estimate."""

FREE = frozenset(
    f"aws:{each}"
    for each in (
        "appautoscaling/policy:Policy",
        "appautoscaling/target:Target",
        "athena/namedQuery:NamedQuery",
        # By the GB that is written to it.
        "cloudwatch/logGroup:LogGroup",
        "ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "ec2/internetGateway:InternetGateway",
        "ec2/route:Route",
        "ec2/routeTable:RouteTable",
        "ec2/routeTableAssociation:RouteTableAssociation",
        "ec2/securityGroup:SecurityGroup",
        "ec2/subnet:Subnet",
        "ec2/vpc:Vpc",
        "ecr/lifecyclePolicy:LifecyclePolicy",
        "eks/accessEntry:AccessEntry",
        "eks/accessPolicyAssociation:AccessPolicyAssociation",
        "eks/podIdentityAssociation:PodIdentityAssociation",
        # The catalog's first million objects.
        "glue/catalogDatabase:CatalogDatabase",
        "iam/role:Role",
        "iam/rolePolicy:RolePolicy",
        "iam/rolePolicyAttachment:RolePolicyAttachment",
        "kms/alias:Alias",
        "lakeformation/dataLakeSettings:DataLakeSettings",
        "lakeformation/lfTag:LfTag",
        "lakeformation/optIn:OptIn",
        "lakeformation/permissions:Permissions",
        "lakeformation/resource:Resource",
        "lakeformation/resourceLfTag:ResourceLfTag",
        "msk/configuration:Configuration",
        # By what brokers there are, and their disks.
        "msk/topic:Topic",
        # By what lies in it, and by request.
        "s3/bucket:Bucket",
        "s3/bucketLogging:BucketLogging",
        "s3/bucketObjectv2:BucketObjectv2",
        "s3/bucketOwnershipControls:BucketOwnershipControls",
        "s3/bucketPolicy:BucketPolicy",
        "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "s3/bucketVersioning:BucketVersioning",
        # A fraction of a cent for a message.
        "sns/topic:Topic",
        "sns/topicPolicy:TopicPolicy",
        "sns/topicSubscription:TopicSubscription",
        # Of the standard tier.
        "ssm/parameter:Parameter",
        "vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    )
) | {
    # What it builds lies in a repository.
    "docker-build:index:Image",
    *(
        f"kubernetes:{each}"
        for each in (
            "core/v1:Namespace",
            "core/v1:ServiceAccount",
            "external-secrets.io/v1:ClusterSecretStore",
            "generators.external-secrets.io/v1alpha1:Password",
            "networking.k8s.io/v1:NetworkPolicy",
            "policy/v1:PodDisruptionBudget",
            "rbac.authorization.k8s.io/v1:ClusterRole",
            "rbac.authorization.k8s.io/v1:ClusterRoleBinding",
            "rbac.authorization.k8s.io/v1:Role",
            "rbac.authorization.k8s.io/v1:RoleBinding",
        )
    ),
}
