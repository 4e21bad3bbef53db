"""The warehouse under Lake Formation's control: with the role by which it hands out access."""

import pulumi
import pulumi_aws as aws

from infra.iam_policy import Document, allow, document, granted_role, trusted


class AccessLocation(pulumi.ComponentResource):
    """The warehouse as a location of Lake Formation, which reads and writes it as a role of its own and vends that
    role's credentials to Athena, narrowed to the tables that whoever asks was granted."""

    def __init__(
        self,
        name: str,
        *,
        warehouse_arn: pulumi.Input[str],
        kms_key_arn: pulumi.Input[str],
        hybrid: bool,
        region: str,
        account_id: pulumi.Input[str],
        partition: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:AccessLocation", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        source = pulumi.Output.format("arn:{0}:lakeformation:{1}:{2}:*", partition, region, account_id)
        granted = granted_role(
            name,
            description="How Lake Formation reads and writes the warehouse",
            trust=pulumi.Output.all(account_id, source).apply(lambda known: _trust(*map(str, known))),
            policy=pulumi.Output.all(warehouse_arn, kms_key_arn).apply(lambda known: location_policy(*map(str, known))),
            opts=child,
        )
        aws.lakeformation.Resource(
            name,
            arn=warehouse_arn,
            role_arn=granted.role.arn,
            hybrid_access_enabled=hybrid,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[granted.policy]),
        )
        self.register_outputs({})


def _trust(account: str, source: str) -> Document:
    """Lake Formation developer guide: "Requirements for roles used to register locations" and, for the condition,
    "Cross-service confused deputy prevention"."""
    condition = {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": source}}
    return trusted("lakeformation.amazonaws.com", ["sts:AssumeRole", "sts:SetContext"], condition=condition)


def location_policy(warehouse: str, kms_key: str) -> Document:
    """What whoever has all grants could do at most; arguments are ARNs."""
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    return document(
        allow("Data", objects, [f"{warehouse}/*"]),
        allow("ListData", ["s3:ListBucket"], [warehouse]),
        allow("Key", ["kms:Decrypt", "kms:GenerateDataKey"], [kms_key]),
    )
