"""The two clouds that the stack talks to, made explicit: which account, region and cluster is never left to the
shell."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from infra.settings import PROJECT
from infra.settings.aws import PLAYED_KEY, AwsSettings
from infra.settings.cluster import ClusterSettings
from infra.source_secrets import find_entry

_SERVICES = (
    "athena",
    "cloudwatch",
    "ec2",
    "ecr",
    "eks",
    "glue",
    "iam",
    "kafka",
    "kms",
    "lakeformation",
    "logs",
    "s3",
    "s3control",
    "scheduler",
    "secretsmanager",
    "sfn",
    "sns",
    "ssm",
    "sts",
)


def aws_provider(settings: AwsSettings) -> aws.Provider:
    """AWS in the stack's region; at `settings.endpoint`, where AWS is played, with keys that are good for nothing else.

    It is still asked for its account: the provider makes ARNs with it, and S3's tags are read by it.
    """
    played = settings.endpoint is not None
    endpoints = [aws.ProviderEndpointArgs(**dict.fromkeys(_SERVICES, settings.endpoint))] if played else None
    return aws.Provider(
        "aws",
        region=settings.region,
        allowed_account_ids=[settings.account] if settings.account else None,
        default_tags=aws.ProviderDefaultTagsArgs(tags={"project": PROJECT, "stack": pulumi.get_stack()}),
        endpoints=endpoints,
        access_key=PLAYED_KEY if played else None,
        secret_key=PLAYED_KEY if played else None,
        s3_use_path_style=played or None,
        skip_credentials_validation=played or None,
        skip_metadata_api_check=played or None,
    )


def kubernetes_provider(
    settings: ClusterSettings,
    *,
    kubeconfig: pulumi.Input[str] | None,
    cloud: aws.Provider,
    opts: pulumi.ResourceOptions | None = None,
) -> kubernetes.Provider:
    """The cluster that the stack makes, behind its `kubeconfig`; or an existing one.

    `cluster_identifier` keeps objects from being replaced when only the way to reach the cluster changes
    (pulumi-kubernetes: Provider inputs).
    """
    existing = settings.existing
    if existing and existing.kubeconfig_secret:
        path = "cluster.existing.kubeconfig_secret"
        find_entry(existing.kubeconfig_secret, path=path, content="a kubeconfig", provider=cloud)
        kubeconfig = aws.secretsmanager.get_secret_version_output(
            secret_id=existing.kubeconfig_secret, opts=pulumi.InvokeOutputOptions(provider=cloud)
        ).secret_string
    return kubernetes.Provider(
        "cluster",
        kubeconfig=pulumi.Output.secret(kubeconfig) if existing and kubeconfig is not None else kubeconfig,
        context=existing.context if existing else None,
        cluster_identifier=settings.name,
        enable_server_side_apply=True,
        opts=opts,
    )
