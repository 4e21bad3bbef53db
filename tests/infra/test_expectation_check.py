"""The check of expectations, run by moto's interpreter of Amazon States Language over tables that are really there."""

from collections.abc import Iterator
from fnmatch import fnmatch
from typing import Any, cast

import pytest
from moto.sns.models import sns_backends

from infra.expectation_check import NOT_YET, check_definition, check_policy
from infra.expectation_sql import check_query, snapshots_query
from infra.job_manifest import Write
from infra.jobs import LakeTable
from sandbox.addresses import Aws
from sandbox.athena.engine import Athena, Result
from sandbox.aws.local import aws_client, start_aws
from tests.infra.played_step_functions import PlayedAthena, play
from tests.sandbox.iceberg_writer import UpsertTable

REGION = "eu-west-1"
NOON = 1_767_268_800_000  # 2026-01-01 12:00:00 UTC
MINUTE = 60_000
GOOD = ["(1, 'ada', 1.5, NULL)", "(2, 'bob', 2, NULL)"]
PROMISED: dict[str, Any] = {"not_null": ["name"], "unique": True, "accepted_values": {"name": ["ada", "bob"]}}


class Lake:
    """Tables in a played S3 and Glue, and the check over them, with the played SSM and SNS."""

    def __init__(self, aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
        self._aws, self._patch = aws, monkeypatch
        self._made: list[UpsertTable] = []
        client = cast(Any, aws_client)
        self._ssm = client(aws, "ssm")
        self.topic = client(aws, "sns").create_topic(Name="orders-team")["TopicArn"]
        self._account = self.topic.split(":")[4]
        self._before = len(self._all_published())

    def table(self, name: str) -> UpsertTable:
        """An empty one, whose good snapshot nobody knows."""
        self._made.append(UpsertTable(self._aws, "lake", "iceberg_orders", name))
        return self._made[-1]

    def check(self, *names: str, promised: dict[str, Any] = PROMISED, odd: Any = None) -> PlayedAthena:
        """`odd`: changes Athena's answers."""
        for name in names:
            if self.good(name) is None:  # Pulumi made it.
                self._ssm.put_parameter(Name=f"/good/{name}", Value=NOT_YET, Type="String")
        with Athena(self._aws) as engine:
            athena = PlayedAthena(lambda sql: odd(engine.query(sql)) if odd else engine.query(sql))
            tables = [self._item(name, promised) for name in names]
            play(self._patch, athena, self._aws)(check_definition("dev", "checks"), {"tables": tables})
        return athena

    def good(self, name: str) -> str | None:
        try:
            return self._ssm.get_parameter(Name=f"/good/{name}")["Parameter"]["Value"]
        except self._ssm.exceptions.ParameterNotFound:
            return None

    @property
    def told(self) -> list[tuple[str, str]]:
        """Subjects and messages."""
        return [(subject, message) for _, message, subject, *_ in self._all_published()[self._before :]]

    def close(self) -> None:
        for table in self._made:
            table.close()

    def _all_published(self) -> list[Any]:
        return cast(Any, sns_backends)[self._account][REGION].topics[self.topic].sent_notifications

    def _item(self, name: str, promised: dict[str, Any]) -> dict[str, Any]:
        write = {"table": f"orders.{name}", "key": ["id"], "freshness": "30s", "expectations": promised}
        table = LakeTable("iceberg_orders", name, Write.model_validate(write))
        return {
            "table": f"iceberg_orders.{name}",
            "job": f"{name}-job",
            "owner": "orders-team",
            "topic": self.topic,
            "parameter": f"/good/{name}",
            "snapshots": snapshots_query(table, most=1),
            "check": check_query(table).parts,
        }


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with start_aws(region=REGION) as running:
        where: Any = {"LocationConstraint": REGION}
        aws_client(running.address, "s3").create_bucket(Bucket="lake", CreateBucketConfiguration=where)
        aws_client(running.address, "glue").create_database(DatabaseInput={"Name": "iceberg_orders"})
        yield running.address


@pytest.fixture
def lake(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    lake = Lake(aws, monkeypatch)
    yield lake
    lake.close()


def test_a_good_snapshot_is_remembered_and_nobody_told(lake: Lake) -> None:
    snapshot = lake.table("fine").commit(GOOD, at_millis=NOON)
    athena = lake.check("fine")
    assert lake.good("fine") == f"{snapshot} of 2026-01-01 12:00:00+00:00"
    assert not lake.told
    assert [asked["WorkGroup"] for asked in athena.asked] == ["checks", "checks"]


def test_the_owner_hears_what_is_broken_how_often_and_where_it_was_still_good(lake: Lake) -> None:
    table = lake.table("spoilt")
    good = table.commit(GOOD, at_millis=NOON)
    lake.check("spoilt")
    bad = table.commit(["(3, NULL, 1, NULL)", "(4, 'eve', 1, NULL)", "(4, 'eve', 1, NULL)"], at_millis=NOON + MINUTE)
    lake.check("spoilt")
    ((subject, message),) = lake.told
    assert subject == "Lakehouse dev: a table is not as promised"
    for said in (
        "The table iceberg_orders.spoilt of the job spoilt-job, which orders-team answers for",
        f"in its snapshot {bad} of 2026-01-01 12:01:00",
        "not_null(name): 1",
        "unique(id): 1",
        "accepted_values(name): 2",
        f"The last snapshot that was found good: {good} of 2026-01-01 12:00:00",
        "docs/observability.md#expectation-broken",
    ):
        assert said in message
    assert str(lake.good("spoilt")).startswith(f"{good} of")


def test_no_value_of_the_table_stands_in_a_mail(lake: Lake) -> None:
    lake.table("private").commit(["(1, 'Eve Secret', 1.5, NULL)"], at_millis=NOON)
    lake.check("private")
    ((_, message),) = lake.told
    assert "accepted_values(name): 1" in message
    assert "Secret" not in message
    assert "was found good: none yet" in message


def test_one_table_that_is_broken_keeps_no_other_from_being_checked(lake: Lake) -> None:
    lake.table("first").commit(["(1, NULL, 1, NULL)"], at_millis=NOON)
    second = lake.table("second").commit(GOOD, at_millis=NOON)
    lake.check("first", "second")
    assert len(lake.told) == 1
    assert str(lake.good("second")).startswith(f"{second} of")


def test_a_drift_is_against_the_snapshot_of_that_time(lake: Lake) -> None:
    table = lake.table("grown")
    promised = {"row_count": {"drift": "50%", "within": "1min"}}
    table.commit([f"({n}, 'a', 1, NULL)" for n in range(10)], at_millis=NOON)
    lake.check("grown", promised=promised)
    assert not lake.told
    table.commit([f"({n}, 'a', 1, NULL)" for n in range(10, 15)], at_millis=NOON + MINUTE)
    lake.check("grown", promised=promised)
    assert not lake.told
    table.commit(["(20, 'a', 1, NULL)"], at_millis=NOON + MINUTE + 1)
    lake.check("grown", promised=promised)
    ((_, message),) = lake.told
    assert "row_count(drift): 1." in message


def test_before_the_first_commit_there_is_nothing_to_tell(lake: Lake) -> None:
    lake.table("empty")
    athena = lake.check("empty")
    assert len(athena.asked) == 1
    assert not lake.told
    assert lake.good("empty") == NOT_YET


def test_the_owner_hears_of_a_table_that_could_not_be_checked_and_why(lake: Lake) -> None:
    lake.check("gone")
    ((subject, message),) = lake.told
    assert subject == "Lakehouse dev: a table could not be checked"
    assert "there is no table 'gone'" in message
    assert "docs/observability.md#expectation-unchecked" in message


@pytest.mark.parametrize("after", [0, 1])
def test_an_answer_that_was_not_expected_is_not_taken_for_a_good_one(lake: Lake, after: int) -> None:
    name = f"odd{after}"
    lake.table(name).commit(GOOD, at_millis=NOON)
    answers: list[Result] = []

    def odd(result: Result) -> Result:
        answers.append(result)
        return Result(("what",), [(None,)]) if len(answers) > after else result

    lake.check(name, odd=odd)
    ((subject, message),) = lake.told
    assert subject.endswith("could not be checked")
    assert "another form" in message
    assert lake.good(name) == NOT_YET


def test_the_calls_are_those_of_the_apis() -> None:
    """Parameters that moto's interpreter does not look at."""
    states = check_definition("dev", "checks")["States"]["Each table"]["ItemProcessor"]["States"]
    for state in states.values():
        found = str(state.get("Resource")).removeprefix("arn:aws:states:::").removeprefix("aws-sdk:")
        if state["Type"] != "Task":
            continue
        service, _, action = found.removesuffix(".sync").partition(":")
        model = cast(Any, aws_client)(Aws("http://localhost", REGION), service).meta.service_model
        shape = model.operation_model(f"{action[0].upper()}{action[1:]}").input_shape
        given = {key.removesuffix(".$") for key in state["Parameters"]}
        assert given <= set(shape.members)
        assert set(shape.required_members) <= given


POLICY = check_policy(
    ["db"],
    workgroup="checks",
    parameters="/flink-lakehouse/dev/last-good/",
    account="arn:aws:{}:eu-west-1:123456789012",
    warehouse="arn:aws:s3:::warehouse",
    results="arn:aws:s3:::results",
    topics=["arn:topic:a"],
    keys=["arn:key"],
)


def allowed(action: str, resource: str) -> bool:
    return any(
        action in statement["Action"] and any(fnmatch(resource, pattern) for pattern in statement["Resource"])
        for statement in POLICY["Statement"]
    )


def test_it_reads_the_tables_and_writes_none() -> None:
    aws = "arn:aws:{}:eu-west-1:123456789012:{}".format
    assert allowed("athena:StartQueryExecution", aws("athena", "workgroup/checks"))
    assert not allowed("athena:StartQueryExecution", aws("athena", "workgroup/analysts"))
    assert allowed("s3:GetObject", "arn:aws:s3:::warehouse/db/t/data/1.parquet")
    assert not allowed("s3:GetObject", "arn:aws:s3:::warehouse/other/t/data/1.parquet")
    assert not allowed("s3:PutObject", "arn:aws:s3:::warehouse/db/t/data/1.parquet")
    assert allowed("s3:PutObject", "arn:aws:s3:::results/checks/1.csv")
    assert not allowed("glue:UpdateTable", aws("glue", "table/db/t"))
    assert allowed("ssm:PutParameter", aws("ssm", "parameter/flink-lakehouse/dev/last-good/db.t"))
    assert not allowed("ssm:PutParameter", aws("ssm", "parameter/flink-lakehouse/prod/last-good/db.t"))
    assert allowed("sns:Publish", "arn:topic:a")
