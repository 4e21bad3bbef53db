"""The two clouds that the stack talks to, made explicit: which account, region and cluster is never left to the
shell."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.settings import PROJECT, AwsSettings, ClusterSettings

_SERVICES = ("athena", "ecr", "eks", "glue", "iam", "kms", "s3", "secretsmanager", "sts")


def aws_provider(settings: AwsSettings) -> aws.Provider:
    """AWS in the stack's region; at `settings.endpoint`, where AWS is played, without asking AWS for anything."""
    played = settings.endpoint is not None
    endpoints = [aws.ProviderEndpointArgs(**dict.fromkeys(_SERVICES, settings.endpoint))] if played else None
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account] if settings.account else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags={"project": PROJECT, "stack": pulumi.get_stack()}),
        endpoints=endpoints,
        s3_use_path_style=played or None,
        skip_credentials_validation=played or None,
        skip_metadata_api_check=played or None,
        skip_requesting_account_id=played or None,
    )


def kubernetes_provider(settings: ClusterSettings) -> kubernetes.Provider:
    """The cluster behind a kubeconfig context.

    `cluster_identifier` keeps objects from being replaced when only the way to reach the cluster changes
    (pulumi-kubernetes: Provider inputs).
    """
    return kubernetes.Provider(
        "cluster",
        context=settings.context,
        cluster_identifier=settings.name,
        enable_server_side_apply=True,
    )
