"""Who talked to whom: the VPC's flow logs."""

import json

import pulumi
import pulumi_aws as aws


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
        role = aws.iam.Role(
            f"{name}-flow-logs",
            description="Lets the VPC write its flow logs",
            assume_role_policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "vpc-flow-logs.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            ),
            opts=child,
        )
        policy = aws.iam.RolePolicy(f"{name}-flow-logs", role=role.id, policy=group.arn.apply(_write_to), opts=child)
        aws.ec2.FlowLog(
            name,
            vpc_id=vpc_id,
            traffic_type="ALL",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
        self.register_outputs({})


def _write_to(group_arn: str) -> str:
    # The log group itself exists: nothing needs to be created but streams in it.
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Write",
                    "Effect": "Allow",
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
                    "Resource": [f"{group_arn}:*"],
                }
            ],
        }
    )
