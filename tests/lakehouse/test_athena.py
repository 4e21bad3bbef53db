"""Athena as moto plays it: it answers with what was laid ready, and remembers who asked, where, and for what."""

import json
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from moto.athena.models import Execution, athena_backends
from moto.sts.models import sts_backends
from pyathena.connection import Connection

from lakehouse import Lakehouse, NoAccess, QueryFailed
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client, start_aws
from tests.lakehouse.contracts import TABLE, document, team

ACCOUNT = "123456789012"
REGION = "eu-west-1"
ANSWER = [
    ("id", "integer", "7"),
    ("total", "decimal", "12.50"),
    ("status", "varchar", "open"),
    ("arrived", "boolean", "false"),
    ("on_day", "date", "2026-11-25"),
    ("at", "timestamp", "2026-11-25 13:00:00.250000"),
    ("since", "timestamp with time zone", "2026-11-25 13:00:00.250 UTC"),
    ("note", "varchar", None),
]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """A played AWS, with an analyst's own credentials."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ATHENA_WORK_GROUP", "AWS_ATHENA_S3_STAGING_DIR"):
        monkeypatch.delenv(name, raising=False)
    with start_aws(region=REGION) as aws:
        for name, value in {
            "AWS_ENDPOINT_URL": aws.address.endpoint,
            "AWS_ACCESS_KEY_ID": "ANALYST",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "NO_PROXY": "127.0.0.1",
        }.items():
            monkeypatch.setenv(name, value)
        for name in ("analysts", "finance"):
            aws_client(aws.address, "athena").create_work_group(Name=name, Configuration={})
        yield aws.address


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    """Service → the access keys by which it was asked."""
    found: dict[str, set[str]] = {}
    send = URLLib3Session.send

    def noting(self: URLLib3Session, request: Any) -> Any:
        authorization = request.headers["Authorization"]
        authorization = authorization.decode() if isinstance(authorization, bytes) else authorization
        key, _, _, service, *_ = authorization.partition("Credential=")[2].split("/")
        found.setdefault(service, set()).add(key)
        return send(self, request)

    monkeypatch.setattr(URLLib3Session, "send", noting)
    return found


def lay_ready(aws: Aws, answer: Sequence[tuple[str, str, str | None]] = ANSWER) -> None:
    """As Athena answers a SELECT: the columns' names are its first row."""
    values = [{"VarCharValue": value} if value is not None else {} for _, _, value in answer]
    rows = [{"Data": [{"VarCharValue": name} for name, _, _ in answer]}, {"Data": values}]
    about = [
        {"Name": name, "Label": name, "Type": kind, "Precision": 10, "Scale": 2, "Nullable": "UNKNOWN"}
        for name, kind, _ in answer
    ]
    body = {"account_id": ACCOUNT, "region": REGION, "results": [{"rows": rows, "column_info": about}]}
    request = urllib.request.Request(
        f"{aws.endpoint}/moto-api/static/athena/query-results",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answered:
        assert answered.status == 201


def written(folder: Path, **changes: Any) -> Path:
    (folder / "contract.json").write_text(json.dumps(document(**changes)))
    return folder / "contract.json"


def test_a_team_queries_as_its_role_in_its_workgroup(tmp_path: Path, aws: Aws, keys: dict[str, set[str]]) -> None:
    teams = {
        "analysts": team(),
        "finance": team(
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/finance",
            workgroup="finance",
            results_location="s3://results/finance/",
        ),
    }
    orders = Lakehouse.from_file(written(tmp_path, teams=teams), team="finance").table(TABLE)
    lay_ready(aws)
    orders.sql("SELECT * FROM {table}")
    (role,) = sts_backends[ACCOUNT]["aws"].assumed_roles
    assert role.role_arn == f"arn:aws:iam::{ACCOUNT}:role/finance"
    assert keys == {"sts": {"ANALYST"}, "athena": {role.access_key_id}}
    (execution,) = athena_backends[ACCOUNT][REGION].executions.values()
    assert execution.workgroup is not None
    assert execution.workgroup.name == "finance"
    assert execution.query == 'SELECT * FROM "iceberg_orders"."enriched_orders_lake"'
    context: Any = execution.context
    assert context["Database"] == "iceberg_orders"
    assert execution.config["OutputLocation"].startswith("s3://results/finance/")


def test_rows_come_with_pythons_types(tmp_path: Path, aws: Aws) -> None:
    lay_ready(aws)
    (row,) = Lakehouse.from_file(written(tmp_path)).table(TABLE).sql("SELECT * FROM {table}")
    at = datetime(2026, 11, 25, 13, 0, 0, 250_000)
    assert row == {
        "id": 7,
        "total": Decimal("12.50"),
        "status": "open",
        "arrived": False,
        "on_day": date(2026, 11, 25),
        "at": at,
        "since": at.replace(tzinfo=UTC),
        "note": None,
    }


def test_the_role_is_assumed_once_for_several_queries(tmp_path: Path, aws: Aws) -> None:
    lakehouse = Lakehouse.from_file(written(tmp_path))
    for _ in range(2):
        lay_ready(aws)
        lakehouse.sql("SELECT 1")
    assert len(sts_backends[ACCOUNT]["aws"].assumed_roles) == 1


def test_and_again_before_it_ends(tmp_path: Path, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    lakehouse = Lakehouse.from_file(written(tmp_path))
    lay_ready(aws)
    lakehouse.sql("SELECT 1")
    monkeypatch.setattr("lakehouse.athena._ANEW_SECONDS", 0)
    lay_ready(aws)
    lakehouse.sql("SELECT 1")
    assert len(sts_backends[ACCOUNT]["aws"].assumed_roles) == 2


def test_a_session_is_used_as_it_is(tmp_path: Path, aws: Aws, keys: dict[str, set[str]]) -> None:
    session = boto3.Session(aws_access_key_id="SERVICE", aws_secret_access_key="secret")
    lay_ready(aws)
    Lakehouse.from_file(written(tmp_path), session=session).sql("SELECT 1")
    assert keys == {"athena": {"SERVICE"}}


@pytest.mark.usefixtures("aws")
def test_a_query_that_athena_cannot_answer_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(execution: Execution) -> None:
        execution.status = "FAILED"

    monkeypatch.setattr(Execution, "advance", fail)
    with pytest.raises(QueryFailed):
        Lakehouse.from_file(written(tmp_path)).sql("SELECT x")


@pytest.mark.usefixtures("aws")
def test_who_may_not_take_the_role_is_told_who_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        error: Any = {"Error": {"Code": "AccessDenied", "Message": "User: ANALYST is not authorized"}}
        raise ClientError(error, "AssumeRole")

    monkeypatch.setattr(Connection, "_assume_role", refuse)
    with pytest.raises(NoAccess, match=r"role \S+ cannot be assumed: .*not authorized;\nteams.<team>.principals"):
        Lakehouse.from_file(written(tmp_path)).sql("SELECT 1")


@pytest.mark.usefixtures("aws")
def test_without_credentials_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(NoAccess, match=r"no AWS credentials here .*'aws sso login'.*AWS_PROFILE"):
        Lakehouse.from_file(written(tmp_path)).sql("SELECT 1")
