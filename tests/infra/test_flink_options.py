import pytest

from infra.flink_options import known, owner_of, problem_with
from sandbox.flink.options import FILE, list_options


def test_the_list_is_that_of_the_pinned_flink() -> None:
    assert list_options() == FILE.read_text(), "run 'make options'"
    assert len(known()) > 1000


@pytest.mark.parametrize(
    "option",
    [
        "state.checkpoints.dir",
        "high-availability",
        "high-availability.type",
        "kubernetes.namespace",
        "s3.endpoint",
        "metrics.reporter.prom.port",
        "metrics.job.status.enable",
    ],
)
def test_what_the_platform_sets_is_its_own(option: str) -> None:
    assert owner_of(option)


@pytest.mark.parametrize("option", ["table.exec.state.ttl", "restart-strategy.type", "statement"])
def test_the_rest_is_the_jobs(option: str) -> None:
    assert owner_of(option) is None


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("table.exec.state.ttl", "1 d"),
        ("taskmanager.memory.network.max", "128mb"),
        ("execution.buffer-timeout.enabled", "TRUE"),
        ("metrics.reporter.mine.factory.class", "anything"),
    ],
)
def test_values_that_flink_reads_pass(option: str, value: str) -> None:
    assert problem_with(option, value) is None


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("table.exec.state.ttl", "1 fortnight", "is not a duration like"),
        ("taskmanager.memory.network.max", "much", "is not a memory size like"),
        ("execution.buffer-timeout.enabled", "yes", "is not true or false"),
        ("zzz", "1", "see docs: Flink, Configuration"),
    ],
)
def test_values_that_flink_would_refuse_are_named(option: str, value: str, said: str) -> None:
    assert said in (problem_with(option, value) or "")
