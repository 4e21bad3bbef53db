import json

import pulumi

from infra.iam_policy import allow, document, granted_role, trusted
from tests.declared import deploy


def test_trust_names_the_service_and_only_the_condition_that_was_given() -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    [plain] = trusted("ec2.amazonaws.com")["Statement"]
    [narrow] = trusted("pods.eks.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"], condition=condition)["Statement"]
    assert plain == {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    assert narrow["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert narrow["Condition"] == condition


def test_a_granted_role_takes_a_policy_that_is_known_only_later() -> None:
    bucket = pulumi.Output.from_input("arn:aws:s3:::lake")

    def declare() -> None:
        granted_role(
            "reader",
            description="Reads the lake",
            trust=trusted("glue.amazonaws.com"),
            policy=bucket.apply(lambda arn: document(allow("ReadsTheLake", ["s3:GetObject"], [f"{arn}/*"]))),
            opts=pulumi.ResourceOptions(),
        )

    cloud = deploy(declare)
    role = cloud.inputs("aws:iam/role:Role", "reader")
    policy = cloud.inputs("aws:iam/rolePolicy:RolePolicy", "reader")
    assert json.loads(role["assumeRolePolicy"]) == trusted("glue.amazonaws.com")
    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": "ReadsTheLake",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::lake/*"],
        }
    ]
