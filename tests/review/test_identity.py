import json
from typing import Any

from review.identity import PolicyChange, policy_changes
from review.values import PLACEHOLDER
from tests.review.given import of, preview, step

POLICY = "aws:iam/rolePolicy:RolePolicy"


def document(*statements: dict[str, Any]) -> dict[str, str]:
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


def allow(actions: list[str], things: list[str], **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": things, **more}


def compared(before: dict[str, Any], after: dict[str, Any], type_: str = POLICY) -> PolicyChange | None:
    found = policy_changes(of(step(type_, "it", old=before, new=after)))
    return found[0] if found else None


def gained(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> tuple[list[str], list[str], bool]:
    found = compared(document(*before), document(*after))
    return (list(found.more), list(found.less), found.is_wide) if found else ([], [], False)


def test_an_edited_policy_says_what_it_gives_and_takes() -> None:
    (found,) = policy_changes(preview("policy"))
    assert (found.step.name, found.is_wide, found.is_unknown) == ("enriched-orders", True, False)
    (more,), (less,) = found.more, found.less
    assert more == "`kms:*` on `arn:aws:kms:eu-west-1:123456789012:key/e668cb8d-9fe1-c41b-3cc4-775852ab060b`"
    assert less.startswith("`glue:UpdateTable` on `arn:aws:glue:eu-west-1:123456789012:")


NOTHING: tuple[list[str], list[str], bool] = ([], [], False)


def test_a_policy_that_is_only_written_otherwise_is_no_change() -> None:
    before = [allow(["s3:GetObject"], ["a"]), allow(["s3:PutObject"], ["a"], Sid="Write")]
    assert gained(before, [allow(["s3:putobject", "s3:GetObject"], ["a"])]) == NOTHING
    assert gained(before[:1], [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "a"}]) == NOTHING


def test_what_a_wildcard_allowed_already_is_not_more() -> None:
    assert gained([allow(["s3:*"], ["arn:aws:s3:::lake/*"])], [allow(["s3:getObject"], ["arn:aws:s3:::lake/a"])]) == (
        [],
        ["`s3:*` on `arn:aws:s3:::lake/*`"],
        False,
    )


def test_a_wildcard_is_more_than_what_it_covers() -> None:
    more, less, is_wide = gained([allow(["s3:GetObject"], ["arn:aws:s3:::lake/a"])], [allow(["s3:*"], ["*"])])
    assert (more, less, is_wide) == (["`s3:*` on `*`"], [], True)


def test_a_longer_pattern_of_things_is_more() -> None:
    more, less, is_wide = gained([allow(["s3:GetObject"], ["lake/a/*"])], [allow(["s3:GetObject"], ["lake/*"])])
    assert (more, less, is_wide) == (["`s3:GetObject` on `lake/*`"], [], False)


def test_a_condition_that_goes_is_more_and_one_that_comes_is_less() -> None:
    free, bound = allow(["s3:GetObject"], ["a"]), allow(["s3:GetObject"], ["a"], Condition={"Bool": {"x": "y"}})
    more, less, _ = gained([bound], [free])
    assert (more, less) == (["`s3:GetObject` on `a`"], [])
    more, less, _ = gained([free], [bound])
    assert (more, less) == ([], ["`s3:GetObject` on `a`"])


def test_a_denial_that_goes_is_more() -> None:
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Principal": "*"}
    found = compared(document(deny), document(), "aws:s3/bucketPolicy:BucketPolicy")
    assert found and found.more[0].startswith("denied: `s3:*` on `*`")
    assert list(found.less) == []
    (found,) = policy_changes(of(step("aws:s3/bucketPolicy:BucketPolicy", "it", "delete", old=document(deny))))
    assert found.more[0].startswith("denied: ")


def test_what_is_all_but_something_is_wide() -> None:
    more, _, is_wide = gained([], [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "a"}])
    assert (more, is_wide) == (["`all but iam:*` on `a`"], True)


def test_another_principal_is_more() -> None:
    def trust(service: str) -> dict[str, str]:
        statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
        return {"assumeRolePolicy": json.dumps({"Statement": [statement]})}

    found = compared(trust("pods.eks.amazonaws.com"), trust("ec2.amazonaws.com"), "aws:iam/role:Role")
    assert found and "ec2.amazonaws.com" in found.more[0]
    assert "pods.eks.amazonaws.com" in found.less[0]


def test_in_the_policy_of_a_key_the_star_is_the_key() -> None:
    found = compared(document(), document(allow(["kms:Decrypt"], ["*"])), "aws:kms/key:Key")
    assert found and not found.is_wide


def test_an_attached_policy_counts() -> None:
    role = {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    (found,) = policy_changes(of(step("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "it", "create", new=role)))
    assert found.more == ["`all that it says` on `arn:aws:iam::aws:policy/ReadOnlyAccess`"]


def test_rights_in_the_cluster_count() -> None:
    def rules(*verbs: str) -> dict[str, Any]:
        return {"rules": [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": list(verbs)}]}

    found = compared(rules("get"), rules("get", "delete"), "kubernetes:rbac.authorization.k8s.io/v1:Role")
    assert found and found.more == ["`delete` on `deployments.apps`"]


def test_grants_of_lake_formation_count() -> None:
    def grant(*permissions: str) -> dict[str, Any]:
        return {"principal": "arn:role/a", "permissions": list(permissions), "database": {"name": "orders"}}

    found = compared(grant("SELECT"), grant("SELECT", "ALTER"), "aws:lakeformation/permissions:Permissions")
    assert found and found.more == ['`lakeformation:ALTER` on `{"database": {"name": "orders"}}`, `for arn:role/a`']


def test_what_is_unknown_or_secret_is_said_to_be() -> None:
    for value in (PLACEHOLDER, "[secret]"):
        found = compared(document(), {"policy": value})
        assert found and found.is_unknown
    unknown = {change.step.name for change in policy_changes(preview("initial")) if change.is_unknown}
    assert "enriched-orders" in unknown


def test_of_long_lists_some_are_shown() -> None:
    more, _, _ = gained([], [allow([f"s3:Get{letter}" for letter in "ABCDEF"], ["a"])])
    assert more == ["`s3:GetA`, `s3:GetB`, `s3:GetC`, `s3:GetD` and 2 more on `a`"]


def test_all_that_a_deleted_policy_allowed_is_gone() -> None:
    (found,) = policy_changes(of(step(POLICY, "it", "delete", old=document(allow(["s3:GetObject"], ["a"])))))
    assert (list(found.more), list(found.less)) == ([], ["all of it"])


def test_other_changes_change_no_right() -> None:
    assert policy_changes(preview("parallelism")) == []
    assert policy_changes(preview("nothing")) == []
