import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from infra.alarms import alarm_name
from infra.errors import ConfigurationError
from infra.notifications import Notifications, check_owners
from infra.settings.flink import AlertSettings
from sandbox.cloud import DeclaredOnly
from sandbox.program import run_program
from tests.declared import PROJECT, Cloud, copied, deploy, settings
from tests.infra.jobs_given import given_job

TOPIC = "aws:sns/topic:Topic"
ALARM_ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"


def declared(*owners: str, emails: dict[str, list[str]] | None = None, disposable: bool = True) -> Cloud:
    return deploy(
        lambda: Notifications(
            "alerts",
            AlertSettings(emails=emails or {}),
            owners=owners,
            region="eu-west-1",
            account_id="123456789012",
            partition="aws",
            disposable=disposable,
        )
    )


def test_each_owner_has_one_topic_and_the_platform_another() -> None:
    cloud = declared("b-team", "a-team", "b-team")
    assert [cloud.inputs(TOPIC, name)["name"] for name in cloud.names(TOPIC)] == [
        "flink-lakehouse-test-a-team",
        "flink-lakehouse-test-b-team",
        "flink-lakehouse-test-platform",
    ]


def test_owners_are_called_what_they_like_and_still_told_apart() -> None:
    names = [each.inputs["name"] for each in declared("Orders Team", "Orders/Team", "Käse").program.of_kind("Topic")]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,256}", name) for name in names)


def test_who_is_to_get_mail_is_subscribed() -> None:
    cloud = declared("a-team", "b-team", emails={"a-team": ["x@example.com", "y@example.com"]})
    subscribed = [each.inputs for each in cloud.program.of_kind("TopicSubscription")]
    assert [(each["protocol"], each["endpoint"]) for each in subscribed] == [
        ("email", "x@example.com"),
        ("email", "y@example.com"),
    ]
    assert all("a-team" in each["topic"] for each in subscribed)


def policies(cloud: Cloud) -> dict[str, dict[str, Any]]:
    return {
        "topic": json.loads(cloud.inputs("aws:sns/topicPolicy:TopicPolicy", "alerts-a-team")["policy"]),
        "key": json.loads(cloud.inputs("aws:kms/key:Key", "alerts")["policy"]),
    }


@pytest.mark.parametrize(
    ("what", "actions"), [("topic", {"sns:Publish"}), ("key", {"kms:Decrypt", "kms:GenerateDataKey"})]
)
def test_this_stacks_alarms_may_publish_and_no_others(what: str, actions: set[str]) -> None:
    (allowed,) = [each for each in policies(declared("a-team"))[what]["Statement"] if each["Sid"] == "Alarms"]
    named = allowed["Action"]
    assert {named} == actions if isinstance(named, str) else set(named) == actions
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    pattern = allowed["Condition"]["ArnLike"]["aws:SourceArn"]
    assert fnmatch(ALARM_ARN + alarm_name("test", "copy", "restarts"), pattern)
    assert fnmatch(ALARM_ARN + alarm_name("test", "no-metrics"), pattern)
    assert not fnmatch(ALARM_ARN + alarm_name("test2", "copy", "restarts"), pattern)


def test_topics_are_encrypted_with_a_key_that_alarms_may_use() -> None:
    cloud = declared("a-team")
    (key,) = cloud.program.of_kind("Key")
    assert {each.inputs["kmsMasterKeyId"] for each in cloud.program.of_kind("Topic")} == {key.outputs["arn"]}
    assert key.inputs["enableKeyRotation"] is True


def test_mails_for_an_owner_that_no_job_has_are_refused_with_the_nearest(tmp_path: Path) -> None:
    jobs = [given_job(tmp_path)]
    chosen = settings(alerts={"emails": {"a-team": ["x@example.com"], "a-taem": ["y@example.com"]}})
    with pytest.raises(ConfigurationError) as error:
        check_owners(chosen, jobs, stack="dev", folder=PROJECT)
    message = str(error.value)
    assert message.startswith("Pulumi.dev.yaml")
    assert message.endswith("alerts.emails.a-taem: no job.yaml names the owner 'a-taem'; did you mean 'a-team'?")


def test_the_program_refuses_them_before_it_declares_anything(tmp_path: Path) -> None:
    project = copied(tmp_path)
    stack = project / "Pulumi.dev.yaml"
    stack.write_text(stack.read_text() + "    alerts: {emails: {order-team: [x@example.com]}}\n")
    with pytest.raises(ConfigurationError, match=r"Pulumi\.dev\.yaml:\d+: .* did you mean 'orders-team'\?"):
        run_program(project, "dev", DeclaredOnly("eu-west-1"))


def test_mails_for_owners_and_for_the_platform_pass(tmp_path: Path) -> None:
    emails = {"a-team": ["x@example.com"], "platform": ["y@example.com"]}
    check_owners(settings(alerts={"emails": emails}), [given_job(tmp_path)], stack="dev")
