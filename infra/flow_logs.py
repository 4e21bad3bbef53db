"""Who talked to whom: the VPC's flow logs."""

import pulumi
import pulumi_aws as aws

from infra.iam_policy import Document, allow, document, granted_role, trusted


class FlowLogs(pulumi.ComponentResource):
    """Every connection of a VPC, accepted or not, in a log group of its own."""

    def __init__(
        self,
        name: str,
        *,
        vpc_id: pulumi.Input[str],
        retention_days: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:FlowLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(f"{name}-flow-logs", retention_in_days=retention_days, opts=child)
        granted = granted_role(
            f"{name}-flow-logs",
            description="Lets the VPC write its flow logs",
            trust=trusted("vpc-flow-logs.amazonaws.com"),
            policy=group.arn.apply(_write_to),
            opts=child,
        )
        aws.ec2.FlowLog(
            name,
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=granted.role.arn,
            max_aggregation_interval=60,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[granted.policy]),
        )
        self.register_outputs({})


def _write_to(group_arn: str) -> Document:
    # The log group itself exists: nothing needs to be created but streams in it.
    actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    return document(allow("Write", actions, [f"{group_arn}:*"]))
