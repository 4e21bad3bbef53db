"""The warehouse under Lake Formation's control: with the role by which it hands out access."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws


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
        role = aws.iam.Role(
            name,
            description="How Lake Formation reads and writes the warehouse",
            assume_role_policy=pulumi.Output.all(account_id, source).apply(
                lambda known: json.dumps(_trust(*map(str, known)))
            ),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            name,
            role=role.id,
            policy=pulumi.Output.all(warehouse_arn, kms_key_arn).apply(
                lambda known: json.dumps(location_policy(*map(str, known)))
            ),
            opts=child,
        )
        aws.lakeformation.Resource(
            name,
            arn=warehouse_arn,
            role_arn=role.arn,
            hybrid_access_enabled=hybrid,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.register_outputs({})


def _trust(account: str, source: str) -> dict[str, Any]:
    """Lake Formation developer guide: "Requirements for roles used to register locations" and, for the condition,
    "Cross-service confused deputy prevention"."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lakeformation.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:SetContext"],
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account},
                    "ArnLike": {"aws:SourceArn": source},
                },
            }
        ],
    }


def location_policy(warehouse: str, kms_key: str) -> dict[str, Any]:
    """What whoever has all grants could do at most; arguments are ARNs."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Data",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
                "Resource": [f"{warehouse}/*"],
            },
            {"Sid": "ListData", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [warehouse]},
            {
                "Sid": "Key",
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": [kms_key],
            },
        ],
    }
