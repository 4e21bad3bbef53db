"""Which AWS account the stack is deployed to, and whether it can be what the stack file says."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.errors import words_of
from infra.network_checks import check_existing, check_zones
from infra.settings import Settings, wrong_setting


@dataclass(frozen=True)
class Account:
    """Where the stack lives."""

    id: str
    partition: str
    """`aws`, or that of China or of the US government: the second part of every ARN."""
    deployer_arn: str
    """The role or user that deploys; of an assumed role the role itself, not its session."""


def look_up_account(settings: Settings, provider: aws.Provider) -> Account:
    """Fail the preview, not the deployment, when account, region or network can't be those of the stack file: raises
    `ConfigurationError`."""
    opts = pulumi.InvokeOptions(provider=provider)
    caller = _caller(settings, opts)
    if not settings.cluster.existing:
        network = settings.network
        if network.existing:
            check_existing(network.existing, service_cidr=settings.cluster.service_cidr, opts=opts)
        else:
            check_zones(network.zones, region=settings.aws.region, opts=opts)
    return Account(
        id=caller.account_id,
        partition=aws.get_partition(opts=opts).partition,
        deployer_arn=aws.iam.get_session_context(arn=caller.arn, opts=opts).issuer_arn,
    )


def _caller(settings: Settings, opts: pulumi.InvokeOptions) -> aws.AwaitableGetCallerIdentityResult:
    expected, region = settings.aws.account, settings.aws.region
    try:
        caller = aws.get_caller_identity(opts=opts)
    except Exception as error:
        # The first question to AWS. A wrong account can end here too: the provider knows aws.account.
        whose = f"credentials of the account {expected}" if expected else "AWS credentials"
        raise wrong_setting(
            "aws",
            f"AWS does not answer in {region}:\n  {words_of(error)}\n"
            f"it takes {whose}, and a region that exists and is enabled for them",
        ) from None
    if expected and caller.account_id != expected:
        raise wrong_setting(
            "aws.account",
            f"the stack belongs to the account {expected}, and these credentials are for {caller.account_id}; "
            "choose the profile or role of the stack's account",
        )
    return caller
