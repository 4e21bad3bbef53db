"""The check of optimizers, run by moto's interpreter of Amazon States Language against answers of Glue's."""

import json
import time
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.optimizer_check import check_definition, check_policy

REGION = "eu-west-1"
ACCOUNT = "123456789012"
SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
FINE = {"TableOptimizer": {"Type": "compaction", "Configuration": {"Enabled": True}}}


def client_of(service: str) -> Any:
    return cast(Any, boto3).client(service, region_name=REGION)


def ran(event: str, *, enabled: bool = True, **run: Any) -> dict[str, Any]:
    """An answer of GetTableOptimizer, as Step Functions hands it on."""
    return {"TableOptimizer": {"Configuration": {"Enabled": enabled}, "LastRun": {"EventType": event, **run}}}


class Glue:
    """Answers by table; each question is kept."""

    def __init__(self, answers: Mapping[str, dict[str, Any] | str]) -> None:
        self._answers = answers
        self.asked: list[dict[str, Any]] = []

    def get_table_optimizer(self, **parameters: Any) -> dict[str, Any]:
        self.asked.append(parameters)
        answer = self._answers[parameters["TableName"]]
        if isinstance(answer, dict):
            return answer
        metadata = {"HTTPStatusCode": 400, "RequestId": "1"}
        refused: type[ClientError] = getattr(client_of("glue").exceptions, answer)
        response: Any = {"Error": {"Code": answer, "Message": f"{answer}!"}, "ResponseMetadata": metadata}
        raise refused(response, "GetTableOptimizer")


class Sns:
    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []

    def publish(self, **parameters: Any) -> dict[str, Any]:
        self.published.append(parameters)
        return {"MessageId": "1"}


class Check:
    """Runs the state machine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch

    def run(self, answers: Mapping[str, dict[str, Any] | str]) -> tuple[Glue, Sns]:
        """A check of one optimizer of each table; gives what was asked and what was told."""
        glue, sns = Glue(answers), Sns()
        clients = {"glue": glue, "sns": sns}

        def client(region: str, service: str, state_credentials: object) -> object:
            assert (region, state_credentials is not None) == (REGION, True)
            return clients[service]

        self._patch.setattr(f"{SERVICES}.state_task_service_aws_sdk.boto_client_for", client)
        self._patch.setattr(f"{SERVICES}.state_task_service_sns.boto_client_for", client)
        # As AWS calls it; moto would say 'glue'.
        self._patch.setitem(_error_names(), "glue", "Glue")
        optimizers = [
            {"database": "db", "table": table, "type": "compaction", "topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{table}"}
            for table in answers
        ]
        states = client_of("stepfunctions")
        made = states.create_state_machine(
            name="check",
            definition=json.dumps(check_definition("dev", ACCOUNT)),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/check",
        )
        started = states.start_execution(
            stateMachineArn=made["stateMachineArn"], input=json.dumps({"optimizers": optimizers})
        )
        while (execution := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
            time.sleep(0.01)
        assert execution["status"] == "SUCCEEDED", execution
        return glue, sns


def _error_names() -> dict[str, str]:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk as sdk

    return cast(Any, sdk)._SERVICE_ERROR_NAMES


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Iterator[Check]:
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        yield Check(monkeypatch)


def test_each_optimizer_is_asked_about_by_the_names_of_the_api(check: Check) -> None:
    glue, sns = check.run({"one": ran("completed"), "two": ran("in_progress"), "new": FINE})
    assert sorted(question["TableName"] for question in glue.asked) == ["new", "one", "two"]
    shape = client_of("glue").meta.service_model.operation_model("GetTableOptimizer").input_shape
    for question in glue.asked:
        assert set(question) == set(shape.members) == set(shape.required_members)
        assert (question["CatalogId"], question["DatabaseName"], question["Type"]) == (ACCOUNT, "db", "compaction")
    assert not sns.published


def test_the_owner_of_the_table_is_told_of_a_failure_and_nobody_else(check: Check) -> None:
    _, sns = check.run({"good": ran("completed"), "bad": ran("failed", Error="access denied")})
    (told,) = sns.published
    assert told["TopicArn"].endswith(":bad")
    assert told["Subject"] == "Lakehouse dev: a table optimizer does not work"
    for said in ("The compaction optimizer of the table db.bad", "access denied", "docs/observability.md#"):
        assert said in told["Message"]


def test_an_optimizer_that_glue_suspended_is_told_of(check: Check) -> None:
    _, sns = check.run({"suspended": ran("completed", enabled=False)})
    assert len(sns.published) == 1


@pytest.mark.parametrize("error", ["EntityNotFoundException", "AccessDeniedException"])
def test_an_optimizer_that_cannot_be_asked_about_is_told_of_at_once(check: Check, error: str) -> None:
    glue, sns = check.run({"gone": error})
    assert len(glue.asked) == 1
    (told,) = sns.published
    assert f"{error}!" in told["Message"]


def test_an_answer_that_was_not_expected_is_not_taken_for_a_good_one(check: Check) -> None:
    _, sns = check.run({"odd": {"tableOptimizer": {"lastRun": {"eventType": "failed"}}}})
    assert len(sns.published) == 1


POLICY = check_policy(["db"], glue="arn:glue", topics=["arn:topic:b", "arn:topic:a"], key="arn:key")


def allowed(action: str, resource: str) -> bool:
    return any(
        action in statement["Action"] and any(fnmatch(resource, pattern) for pattern in statement["Resource"])
        for statement in POLICY["Statement"]
    )


def test_it_looks_at_the_stacks_optimizers_and_tells_its_topics() -> None:
    assert allowed("glue:GetTableOptimizer", "arn:glue:table/db/t")
    assert allowed("sns:Publish", "arn:topic:a")
    assert not allowed("glue:GetTableOptimizer", "arn:glue:table/db2/t")
    assert not allowed("glue:UpdateTableOptimizer", "arn:glue:table/db/t")
    assert not allowed("sns:Publish", "arn:topic:c")
