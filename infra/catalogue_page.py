"""The catalogue's page: the contract for people, where each team's role may read it."""

from typing import Any

import pulumi
import pulumi_aws as aws

from catalogue.page import page
from infra.outputs import Contract
from infra.team_policy import PAGE


class CataloguePage(pulumi.ComponentResource):
    """One HTML file in the bucket of query results, made of the contract alone: it changes when the contract does,
    so no time stands in it."""

    def __init__(
        self,
        name: str,
        contract: pulumi.Output[dict[str, Any]],
        *,
        bucket: pulumi.Input[str],
        kms_key_arn: pulumi.Input[str],
        on_aws: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`on_aws`: False where AWS is played, and has no console to look at."""
        super().__init__("lakehouse:index:CataloguePage", name, None, opts)
        aws.s3.BucketObjectv2(
            name,
            bucket=bucket,
            key=PAGE,
            content=contract.apply(lambda known: page(Contract.model_validate(known), on_aws=on_aws)),
            content_type="text/html; charset=utf-8",
            # A browser that has it asks whether there is a newer one.
            cache_control="no-cache",
            server_side_encryption="aws:kms",
            kms_key_id=kms_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
