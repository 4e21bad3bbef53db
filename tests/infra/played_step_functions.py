"""moto's interpreter of Amazon States Language with Athena in it, which moto lacks: queries get real answers."""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import uuid4

import pytest
from moto.core.config import default_user_config
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_factory import (
    state_task_service_for,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.utils import json_path

from sandbox.addresses import Aws
from sandbox.athena.engine import QueryError, Result
from sandbox.aws.local import aws_client

_moto_s_extract = json_path.extract_json
_SERVICES = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"


class PlayedAthena:
    """Answers as Athena's API does: texts in rows, of which the names of columns are the first."""

    def __init__(self, query: Callable[[str], Result]) -> None:
        self._query = query
        self.asked: list[dict[str, Any]] = []
        self._answers: list[Result] = []

    def start_query_execution(self, **parameters: Any) -> dict[str, Any]:
        """As `.sync` answers, once the query has ended; raises `QueryError` where it failed."""
        self.asked.append(parameters)
        self._answers.append(self._query(parameters["QueryString"]))
        return {"QueryExecution": {"QueryExecutionId": str(len(self._answers) - 1), "Status": {"State": "SUCCEEDED"}}}

    def get_query_results(self, **parameters: Any) -> dict[str, Any]:
        answer = self._answers[int(parameters["QueryExecutionId"])]
        rows = [answer.columns, *answer.rows][: parameters["MaxResults"]]
        return {"ResultSet": {"Rows": [{"Data": [_datum(value) for value in row]} for row in rows]}}


def _datum(value: object) -> dict[str, str]:
    """Of a NULL there is no text at all."""
    return {} if value is None else {"VarCharValue": str(value)}


def play(
    monkeypatch: pytest.MonkeyPatch, athena: PlayedAthena, aws: Aws
) -> Callable[[Mapping[str, Any], Mapping[str, Any]], None]:
    """Gives what runs a definition with an input to its good end; services but Athena are those of `aws`."""
    client = cast(Callable[[Aws, str], Any], aws_client)

    def client_for(region: str, service: str, state_credentials: object) -> object:  # noqa: ARG001
        return client(aws, service)

    monkeypatch.setattr(f"{_SERVICES}.state_task_service_aws_sdk.boto_client_for", client_for)
    monkeypatch.setattr(f"{_SERVICES}.state_task_service_sns.boto_client_for", client_for)
    monkeypatch.setitem(cast(Any, default_user_config), "stepfunctions", {"execute_state_machine": True})
    moto_s = state_task_service_for
    for name in [name for name in sys.modules if name.startswith("moto.stepfunctions.")]:
        if vars(sys.modules[name]).get("extract_json") is _moto_s_extract:
            monkeypatch.setattr(sys.modules[name], "extract_json", _extract)

    def service_for(service_name: str) -> Any:
        return _athena_service(athena) if service_name == "athena" else moto_s(service_name)

    monkeypatch.setattr(state_task_factory, "state_task_service_for", service_for)

    def run(definition: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        states = client(aws, "stepfunctions")
        made = states.create_state_machine(
            name=f"check-{uuid4().hex}",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::123456789012:role/check",
        )
        started = states.start_execution(stateMachineArn=made["stateMachineArn"], input=json.dumps(given))
        while (execution := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
            time.sleep(0.02)
        assert execution["status"] == "SUCCEEDED", execution

    return run


def _extract(path: str, data: Any) -> Any:
    """The value of a definite path as it is, as on AWS; moto wraps it in a list where an index comes before its end."""
    found = _moto_s_extract(path, data)
    definite = not re.search(r"[*:?@,]|\.\.", path)
    return cast(list[Any], found)[0] if definite and re.search(r"\]\.\w+$", path) and isinstance(found, list) else found


def _athena_service(athena: PlayedAthena) -> Any:
    class Service(StateTaskServiceCallback):
        """Of the two calls that there are; a failed query is `States.TaskFailed`, as with other `.sync` tasks."""

        def __init__(self) -> None:
            super().__init__(supported_integration_patterns=cast(Any, {ResourceCondition.Sync}))

        def _get_supported_parameters(self) -> set[str]:
            return {"QueryString", "WorkGroup", "QueryExecutionId", "MaxResults"}

        def _is_integration_pattern(self) -> bool:
            # The call itself waits.
            return False

        def _eval_service_task(
            self,
            env: Any,
            resource_runtime_part: Any,  # noqa: ARG002
            normalised_parameters: dict[str, Any],
            state_credentials: Any,  # noqa: ARG002
        ) -> None:
            resource: Any = self.resource
            try:
                match (resource.api_action, resource.condition):
                    case ("startQueryExecution", ResourceCondition.Sync):
                        env.stack.append(athena.start_query_execution(**normalised_parameters))
                    case ("getQueryResults", None):
                        env.stack.append(athena.get_query_results(**normalised_parameters))
                    case other:
                        raise AssertionError(f"no such call: {other}")
            except QueryError as error:
                raise FailureEventException(_failed(env, str(error))) from None

    return cast(Any, Service)()


def _failed(env: Any, cause: str) -> Any:
    kind: Any = StatesErrorNameType.StatesTaskFailed
    details: Any = TaskFailedEventDetails(resource="athena", resourceType="athena", error=kind.to_name(), cause=cause)
    return FailureEvent(
        env=env,
        error_name=StatesErrorName(typ=kind),
        event_type=HistoryEventType.TaskFailed,
        event_details=cast(Any, EventDetails)(taskFailedEventDetails=details),
    )
