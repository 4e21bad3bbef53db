import pytest

from tests.policy.given import JOB, UNKNOWN, Given, findings, job

UNALIGNED = "execution.checkpointing.unaligned.enabled"
INTERVAL = "execution.checkpointing.interval"
PAUSE = "execution.checkpointing.min-pause"


def script(text: str) -> Given:
    return Given("kubernetes:core/v1:ConfigMap", "orders-script", {"data": {"job.sql": text, "note.txt": text}})


def test_aligned_checkpoints_pass() -> None:
    assert findings("unaligned-checkpoints", job(), job(options={UNALIGNED: None})) == []


@pytest.mark.parametrize(
    "options",
    [
        {UNALIGNED: "true"},
        {UNALIGNED: True},
        {UNALIGNED: "TRUE"},
        {UNALIGNED: None, "execution.checkpointing.unaligned": "true"},
        {UNALIGNED: None, "execution": {"checkpointing": {"unaligned": {"enabled": True}}}},
    ],
)
def test_unaligned_checkpoints_with_an_iceberg_table_are_found_however_written(options: dict[str, object]) -> None:
    given = {key: value for key, value in options.items() if value is not None}
    (message,) = findings("unaligned-checkpoints", job(flinkConfiguration=given))
    assert "sales.orders" in message
    assert "apache/iceberg#15846" in message
    assert "set it to false" in message


def test_unaligned_checkpoints_are_up_to_a_job_that_writes_no_lake_table() -> None:
    assert findings("unaligned-checkpoints", job(options={UNALIGNED: "true"}, writes=())) == []


def test_of_unknown_options_or_tables_nothing_is_said() -> None:
    assert findings("unaligned-checkpoints", job(options={UNALIGNED: UNKNOWN})) == []
    assert findings("unaligned-checkpoints", job(flinkConfiguration=UNKNOWN)) == []
    assert findings("unaligned-checkpoints", job(options={UNALIGNED: "true"}, job=UNKNOWN)) == []
    assert findings("unaligned-checkpoints", Given(JOB, "orders", {"spec": UNKNOWN, "metadata": UNKNOWN})) == []


def test_what_is_known_beside_an_unknown_argument_counts() -> None:
    unknown_script = job(
        options={UNALIGNED: "true"}, job={"args": [UNKNOWN, "--writes", "lake.sales.orders=id", "--writes", UNKNOWN]}
    )
    assert len(findings("unaligned-checkpoints", unknown_script)) == 1


def test_a_script_cannot_turn_them_on_either() -> None:
    (message,) = findings("unaligned-checkpoints", script(f"CREATE TABLE t;\n  set '{UNALIGNED}' = 'true';\nINSERT"))
    assert f"SET '{UNALIGNED}'" in message
    for harmless in (
        f"SET '{UNALIGNED}' = 'false';",
        f"-- SET '{UNALIGNED}' = 'true';",
        f"/*\nSET '{UNALIGNED}' = 'true'\n*/",
    ):
        assert findings("unaligned-checkpoints", script(harmless)) == []
    assert findings("unaligned-checkpoints", Given("kubernetes:core/v1:ConfigMap", "c", {"data": UNKNOWN})) == []


@pytest.mark.parametrize(
    ("interval", "freshness"), [("10s", "30s"), ("30 s", "30s"), ("999", "1 s"), ("1 min", "61 sec"), ("2m", "1 h")]
)
def test_a_checkpoint_within_the_objective_passes(interval: str, freshness: str) -> None:
    assert findings("checkpoint-interval", job(options={INTERVAL: interval}, freshness=freshness)) == []


@pytest.mark.parametrize(
    ("interval", "freshness"), [("31s", "30s"), ("1 min", "30000 ms"), ("1001", "1s"), ("1 d", "23 hours")]
)
def test_a_checkpoint_later_than_the_objective_is_found(interval: str, freshness: str) -> None:
    (message,) = findings("checkpoint-interval", job(options={INTERVAL: interval}, freshness=freshness))
    assert f"at most {freshness} old" in message
    assert interval in message
    assert "flink.checkpoint_interval" in message


def test_the_pause_between_checkpoints_counts_as_well() -> None:
    (message,) = findings("checkpoint-interval", job(options={PAUSE: "1 min"}))
    assert f"{PAUSE} is 1 min" in message


def test_a_job_with_an_objective_and_no_checkpoints_is_found() -> None:
    (message,) = findings("checkpoint-interval", job(flinkConfiguration={"pipeline.name": "orders"}))
    assert "takes no checkpoints" in message


def test_what_flink_could_not_read_is_found() -> None:
    (message,) = findings("checkpoint-interval", job(options={INTERVAL: "often"}))
    assert "'often', which is no duration" in message
    (message,) = findings("checkpoint-interval", job(freshness="soon"))
    assert "'soon', which is no duration" in message


def test_without_an_objective_or_with_unknown_values_nothing_is_said_of_the_interval() -> None:
    assert findings("checkpoint-interval", job(options={INTERVAL: "1 d"}, freshness=None)) == []
    assert findings("checkpoint-interval", job(options={INTERVAL: "1 d"}, freshness=UNKNOWN)) == []
    assert findings("checkpoint-interval", job(options={INTERVAL: UNKNOWN})) == []
    assert findings("checkpoint-interval", job(flinkConfiguration={"execution": UNKNOWN})) == []
    assert findings("checkpoint-interval", job(flinkConfiguration=UNKNOWN)) == []


def test_a_script_that_sets_the_interval_is_found() -> None:
    (message,) = findings("checkpoint-interval", script(f"SET '{INTERVAL}' = '1 s';"))
    assert "remove the SET" in message
    assert findings("checkpoint-interval", script("SET 'pipeline.name' = 'orders';")) == []
    secret = Given("kubernetes:core/v1:Secret", "s", {"data": {"job.sql": f"SET '{INTERVAL}' = '1 s'"}})
    assert findings("checkpoint-interval", secret) == []
