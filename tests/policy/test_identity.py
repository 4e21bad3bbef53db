import json
from typing import Any

import pytest

from tests.policy.given import UNKNOWN, Given, findings

RULE = "wildcard-iam"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
KEY = "aws:kms/key:Key"
TABLE = "arn:aws:glue:eu-west-1:1:table/sales/orders"


def allow(actions: Any = "glue:GetTable", resources: Any = TABLE, **more: Any) -> dict[str, Any]:
    return {"Sid": "It", "Effect": "Allow", "Action": actions, "Resource": resources, **more}


def say(*statements: dict[str, Any], type_: str = ROLE_POLICY) -> list[str]:
    return findings(RULE, Given(type_, "it", {"policy": json.dumps({"Statement": [*statements]})}))


def test_named_actions_on_named_resources_pass() -> None:
    assert say(allow(), allow(["s3:GetObject"], ["arn:aws:s3:::lake/sales/*"])) == []
    assert say(allow(["logs:PutLogEvents"], "arn:aws:logs:eu-west-1:1:log-group:/flow:*")) == []


@pytest.mark.parametrize("action", ["*", "s3:*", "s3:Get*", "glue:Get?able"])
def test_a_wildcard_action_is_found(action: str) -> None:
    for actions in (action, ["glue:GetTable", action]):
        (message,) = say(allow(actions))
        assert f"In statement 'It' the action {action} is a wildcard" in message
        assert "list the actions in use" in message


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::*/*",
        "arn:aws:sns:eu-west-1:1:*",
        "arn:aws:glue:eu-west-1:1:table/*",
        "arn:aws:glue:eu-west-1:1:table/*/*",
        "arn:aws:logs:eu-west-1:1:log-group:*",
        "arn:aws:kms:eu-west-1:1:key/*",
    ],
)
def test_a_wildcard_resource_is_found(resource: str) -> None:
    for resources in (resource, [TABLE, resource]):
        (message,) = say(allow(resources=resources))
        assert f"the resource {resource} is a wildcard" in message


def test_actions_that_know_no_narrower_resource_pass_in_a_statement_of_their_own() -> None:
    assert say(allow(["lakeformation:GetDataAccess", "ecr:GetAuthorizationToken"], "*")) == []
    assert len(say(allow(["lakeformation:GetDataAccess", "glue:GetTable"], "*"))) == 1


def test_metrics_need_the_condition_that_narrows_them() -> None:
    in_namespace = {"StringEquals": {"cloudwatch:namespace": "flink"}}
    assert say(allow("cloudwatch:PutMetricData", "*", Condition=in_namespace)) == []
    assert len(say(allow("cloudwatch:PutMetricData", "*"))) == 1
    assert len(say(allow("cloudwatch:PutMetricData", "*", Condition={"Bool": {"aws:SecureTransport": "true"}}))) == 1


@pytest.mark.parametrize("negated", ["NotAction", "NotResource", "NotPrincipal"])
def test_allowing_all_but_something_is_found(negated: str) -> None:
    statement = allow() | {negated: "x"}
    statement.pop(negated.removeprefix("Not"), None)
    (message,) = say(statement)
    assert f"{negated} allows everything but what it names" in message


def test_a_denial_may_be_as_wide_as_it_likes() -> None:
    assert say(allow("*", "*") | {"Effect": "Deny", "Principal": "*"}) == []


def test_in_a_key_policy_the_resource_is_the_key_and_the_accounts_root_its_owner() -> None:
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    assert say(allow("kms:*", "*", Principal=root), type_=KEY) == []
    assert say(allow("kms:Decrypt", "*", Principal={"Service": "logs.amazonaws.com"}), type_=KEY) == []
    assert len(say(allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:role/job"}), type_=KEY)) == 1
    assert len(say(allow("kms:*", "*", Principal={"AWS": [root["AWS"], "arn:aws:iam::1:user/x"]}), type_=KEY)) == 1
    for type_ in ("aws:kms/keyPolicy:KeyPolicy", "aws:secretsmanager/secretPolicy:SecretPolicy"):
        assert say(allow("secretsmanager:GetSecretValue", "*", Principal=root), type_=type_) == []
    assert say(allow("kms:*", "*", Principal=root), type_="aws:kms/keyPolicy:KeyPolicy") == []
    # What holds for a key does not for a topic.
    assert len(say(allow("sns:Publish", "*", Principal=root), type_="aws:sns/topicPolicy:TopicPolicy")) == 1


def test_anyone_as_a_principal_is_found_unless_a_condition_narrows_it() -> None:
    type_ = "aws:s3/bucketPolicy:BucketPolicy"
    everybody: tuple[Any, ...] = ("*", {"AWS": "*"}, {"AWS": ["*"]})
    for principal in everybody:
        (message,) = say(allow("s3:GetObject", "arn:aws:s3:::lake/*", Principal=principal), type_=type_)
        assert "the principal is anyone" in message
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    assert say(allow("s3:GetObject", "arn:aws:s3:::lake/*", Principal="*", Condition=condition), type_=type_) == []


def test_documents_are_found_in_whatever_property_holds_them() -> None:
    wide = {"Statement": allow("s3:*")}
    holders: tuple[dict[str, Any], ...] = (
        {"assumeRolePolicy": json.dumps(wide)},
        {"inlinePolicies": [{"name": "x", "policy": json.dumps(wide)}]},
        {"policy": wide},
    )
    for properties in holders:
        assert len(findings(RULE, Given("aws:iam/role:Role", "it", properties))) == 1


def test_broad_managed_policies_are_found() -> None:
    def attached(arn: str) -> list[str]:
        return findings(
            RULE, Given("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "it", {"role": "r", "policyArn": arn})
        )

    for name in ("AdministratorAccess", "PowerUserAccess", "AmazonS3FullAccess"):
        (message,) = attached(f"arn:aws:iam::aws:policy/{name}")
        assert name in message
    assert attached("arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy") == []
    assert attached(UNKNOWN) == []
    assert (
        len(findings(RULE, Given("aws:iam/role:Role", "r", {"managedPolicyArns": ["x/IAMFullAccess", UNKNOWN]}))) == 1
    )


def test_of_an_unknown_document_nothing_is_said_and_nothing_breaks() -> None:
    assert findings(RULE, Given(ROLE_POLICY, "it", {"policy": UNKNOWN})) == []
    assert findings(RULE, Given(ROLE_POLICY, "it", {"policy": "{no json"})) == []
    partly = {
        "Statement": [UNKNOWN, {"Effect": "Allow", "Action": UNKNOWN, "Resource": [UNKNOWN, "*"], "Condition": UNKNOWN}]
    }
    (message,) = findings(RULE, Given(ROLE_POLICY, "it", {"policy": partly}))
    assert "the resource * is a wildcard" in message


def test_other_clouds_have_policies_of_their_own() -> None:
    assert (
        findings(RULE, Given("kubernetes:core/v1:ConfigMap", "it", {"data": json.dumps({"Statement": allow("*")})}))
        == []
    )
