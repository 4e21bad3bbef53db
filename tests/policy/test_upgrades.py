import pytest

from tests.policy.given import JOB, UNKNOWN, Given, findings, job

RULE = "stateless-upgrade"


@pytest.mark.parametrize("mode", ["savepoint", "last-state"])
def test_a_production_job_that_keeps_its_state_passes(mode: str) -> None:
    assert findings(RULE, job(job={"upgradeMode": mode})) == []


@pytest.mark.parametrize("environment", ["production", None, "staging"])
def test_a_stateless_job_is_found_unless_it_is_disposable(environment: str | None) -> None:
    (message,) = findings(RULE, job(job={"upgradeMode": "stateless"}, environment=environment))
    assert "has upgradeMode stateless" in message
    assert "upgrade_mode in job.yaml" in message
    assert findings(RULE, job(job={"upgradeMode": "stateless"}, environment="disposable")) == []


def test_a_job_that_says_nothing_is_stateless_as_the_operator_sees_it() -> None:
    (message,) = findings(RULE, job(job={"args": []}))
    assert "the operator's default is stateless" in message


def test_a_session_cluster_has_no_job_to_upgrade() -> None:
    assert findings(RULE, job(job=None)) == []


def test_of_unknown_values_nothing_is_said() -> None:
    assert findings(RULE, job(job={"upgradeMode": UNKNOWN})) == []
    assert findings(RULE, job(job=UNKNOWN)) == []
    assert findings(RULE, job(job={"upgradeMode": "stateless"}, environment=UNKNOWN)) == []
    assert findings(RULE, Given(JOB, "orders", {"spec": UNKNOWN, "metadata": UNKNOWN})) == []
