"""Who hears of trouble: a topic for each owner of jobs, and one for those who run the platform."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.alarms import alarm_name
from infra.errors import ConfigurationError
from infra.iam_policy import Document, account_decides, document
from infra.jobs import Job
from infra.settings import KEY, PROJECT, Settings, stack_file
from infra.settings.flink import PLATFORM, AlertSettings
from infra.validation import nearest, place


class Notifications(pulumi.ComponentResource):
    """Topics (SNS) that this stack's alarms may publish to, encrypted with a key that lets them: with the account's
    own `alias/aws/sns` an alarm's notification would fail without a word (CloudWatch user guide: "Notifying users on
    alarm changes")."""

    topics: Mapping[str, pulumi.Output[str]]
    """Owner → the ARN of the topic, once it can be published to."""
    kms_key_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        settings: AlertSettings,
        *,
        owners: Iterable[str],
        region: str,
        account_id: str,
        partition: str,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:Notifications", name, None, opts)
        self._name = name
        self._alarms = f"arn:{partition}:cloudwatch:{region}:{account_id}:alarm:{alarm_name(pulumi.get_stack(), '*')}"
        self._account_id = account_id
        key = aws.kms.Key(
            name,
            description="Encrypts what the lakehouse's alarms say",
            enable_key_rotation=True,
            deletion_window_in_days=7 if disposable else 30,
            policy=json.dumps(key_policy(f"arn:{partition}:iam::{account_id}:root", account_id, self._alarms)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.kms_key_arn = key.arn
        self.topics = {
            owner: self._topic(owner, settings.emails.get(owner, ())) for owner in sorted({*owners, PLATFORM})
        }
        self.register_outputs({"topics": self.topics})

    def _topic(self, owner: str, emails: Sequence[str]) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        slug = _slug(owner)
        topic = aws.sns.Topic(
            f"{self._name}-{slug}",
            name=f"flink-lakehouse-{pulumi.get_stack()}-{slug}",
            # The sender's name in mails.
            display_name=f"Lakehouse {pulumi.get_stack()}",
            kms_master_key_id=self.kms_key_arn,
            opts=child,
        )
        policy = aws.sns.TopicPolicy(
            f"{self._name}-{slug}",
            arn=topic.arn,
            policy=topic.arn.apply(lambda arn: json.dumps(topic_policy(arn, self._account_id, self._alarms))),
            opts=child,
        )
        for email in emails:
            aws.sns.TopicSubscription(
                f"{self._name}-{slug}-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=child
            )
        return pulumi.Output.all(topic.arn, policy.id).apply(lambda known: str(known[0]))


def check_owners(settings: Settings, jobs: Sequence[Job], *, stack: str, folder: Path | None = None) -> None:
    """Raise `ConfigurationError` for mails to an owner that no job has: nobody would ever get one; `folder` is the
    project's, for line numbers."""
    owners = {job.manifest.owner for job in jobs} | {PLATFORM}
    for owner in settings.alerts.emails:
        if owner in owners:
            continue
        shown_as = stack_file(stack)
        where = ("config", f"{PROJECT}:{KEY}", "alerts", "emails", owner)
        at = place(shown_as, folder / shown_as if folder else None, where)
        raise ConfigurationError(f"{at}: no job.yaml names the owner '{owner}'{nearest(owner, sorted(owners))}")


def _slug(owner: str) -> str:
    """What an SNS topic can be called; owners that would be called the same are told apart."""
    slug = re.sub(r"[^a-zA-Z0-9_-]+", "-", owner)[:100]
    return slug if slug == owner else f"{slug}-{hashlib.sha256(owner.encode()).hexdigest()[:6]}"


def topic_policy(topic_arn: str, account_id: str, alarms: str) -> Document:
    """Alarms of this stack publish to it, and over TLS only; what else may, IAM says (SNS developer guide: "Example
    cases for Amazon SNS access control")."""
    return document(
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": _from_alarms(account_id, alarms),
        },
        {
            "Sid": "EncryptedConnections",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )


def key_policy(account_arn: str, account_id: str, alarms: str) -> Document:
    """IAM decides, as in AWS's default key policy, and alarms may encrypt (SNS developer guide: "Enable compatibility
    between event sources from AWS services and encrypted topics")."""
    return document(
        account_decides(account_arn),
        {
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
            "Condition": _from_alarms(account_id, alarms),
        },
    )


def _from_alarms(account_id: str, alarms: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": account_id}, "ArnLike": {"aws:SourceArn": alarms}}
