import json
from pathlib import Path
from typing import Any

import pytest

from infra.errors import ConfigurationError
from infra.jobs import read_job
from infra.plan_lock import LOCK, PlanLock, inputs, make, parse_lock, read_lock, text_of, write_lock
from tests.declared import JOBS, PROJECT
from tests.infra.test_jobs import write_job

PLAN: dict[str, Any] = {
    "tables": {"orders.copies": {"columns": [{"name": "a", "type": "INT", "nullable": False}], "key": ["a"]}},
    "sources": {},
    "operators": [
        {
            "id": "0" * 32,
            "name": "Join",
            "kind": "Join",
            "description": "Join(…)",
            "key": "ROW<INT>",
            "state": [{"name": "left-records", "scope": "key", "kind": "VALUE", "type": "ROW<INT>", "ttl": 1000}],
        }
    ],
}


def given_lock(folder: Path, **manifest: Any) -> PlanLock:
    """Of the job `copy`, written beside it."""
    write_job(folder, **manifest)
    files, read = read_job(folder / "copy")
    lock = make(folder / "copy", files, read, PLAN)
    write_lock(folder / "copy", lock)
    return lock


def found_inputs(folder: Path) -> str:
    return inputs(folder, *read_job(folder))


def refused(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as error:
        read_lock(folder)
    assert len(str(error.value).splitlines()) == 1
    return str(error.value)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    lock = given_lock(tmp_path)
    assert read_lock(tmp_path / "copy") == lock
    assert text_of(lock) == (tmp_path / "copy" / LOCK).read_text()


def test_a_folder_without_one_has_none(tmp_path: Path) -> None:
    write_job(tmp_path)
    assert read_lock(tmp_path / "copy") is None


def test_state_that_cannot_be_seen_is_not_the_same_as_none(tmp_path: Path) -> None:
    write_job(tmp_path)
    (operator,) = PLAN["operators"]
    operators: list[dict[str, Any]] = [operator | {"state": None}, operator | {"id": "1" * 32, "state": []}]
    lock = make(tmp_path / "copy", *read_job(tmp_path / "copy"), PLAN | {"operators": operators})
    write_lock(tmp_path / "copy", lock)
    read = read_lock(tmp_path / "copy")
    assert read
    assert [operator.state for operator in read.operators] == [None, []]


def test_what_does_not_apply_is_left_out(tmp_path: Path) -> None:
    (operator,) = json.loads(text_of(given_lock(tmp_path)))["operators"]
    assert set(operator) == {"id", "name", "kind", "description", "key", "state"}


def test_an_edit_by_hand_is_noticed(tmp_path: Path) -> None:
    given_lock(tmp_path)
    file = tmp_path / "copy" / LOCK
    file.write_text(file.read_text().replace('"INT"', '"BIGINT"'))
    assert refused(tmp_path / "copy") == (
        "jobs/copy/plan.lock.json: edited by hand: its content is not what its digest says; "
        "'lakehouse plan copy' writes it anew, after an edit of the job"
    )


def test_another_version_is_named(tmp_path: Path) -> None:
    given_lock(tmp_path)
    file = tmp_path / "copy" / LOCK
    file.write_text(json.dumps(json.loads(file.read_text()) | {"version": 2}))
    assert refused(tmp_path / "copy") == (
        "jobs/copy/plan.lock.json: a plan lock of version 2, and this program knows 1; "
        "'lakehouse plan copy' writes it anew"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{\n<<<<<<< HEAD\n  "version": 1', "jobs/copy/plan.lock.json:2: not valid JSON, as after a merge; "),
        ("[]", "jobs/copy/plan.lock.json: this is no plan lock; "),
        ("{}", "jobs/copy/plan.lock.json: this is no plan lock; "),
    ],
)
def test_what_is_no_lock_is_refused_with_the_remedy(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        parse_lock(text, f"jobs/copy/{LOCK}")
    assert str(error.value) == said + "'lakehouse plan copy' writes it anew"


@pytest.mark.parametrize(
    "change",
    [
        {"files": {"job.sql": "INSERT INTO t SELECT 2;"}},
        {"parallelism": 2},
        {"flink": {"table.exec.state.ttl": "1 d"}},
        {"writes": [{"table": "orders.others", "key": ["a"], "freshness": "30s"}]},
    ],
)
def test_what_changes_the_plan_makes_the_lock_older_than_the_job(tmp_path: Path, change: dict[str, Any]) -> None:
    before = given_lock(tmp_path / "before").inputs
    assert given_lock(tmp_path / "after", **change).inputs != before


@pytest.mark.parametrize(
    "change",
    [
        {"description": "Another"},
        {"owner": "another-team"},
        {"upgrade_mode": "stateless"},
        {"resources": {"taskmanager": {"cpu": 2, "memory": "4096m"}}},
    ],
)
def test_what_changes_no_plan_leaves_the_lock_current(tmp_path: Path, change: dict[str, Any]) -> None:
    before = given_lock(tmp_path / "before").inputs
    assert given_lock(tmp_path / "after", **change).inputs == before


def test_the_code_of_a_java_job_and_the_packages_of_a_python_job_count_too(tmp_path: Path) -> None:
    write_job(tmp_path, "java", files={"pom.xml": "", "job.properties": ""}, entry_class="a.Job")
    (tmp_path / "java" / "src" / "main").mkdir(parents=True)
    write_job(tmp_path, "python", files={"job.py": "", "requirements.lock": ""})
    before = [found_inputs(tmp_path / name) for name in ("java", "python")]
    (tmp_path / "java" / "src" / "main" / "Job.java").write_text("class Job {}")
    (tmp_path / "python" / "requirements.lock").write_text("apache-flink==1.20.5")
    assert all(found_inputs(tmp_path / name) != was for name, was in zip(("java", "python"), before, strict=True))


def test_other_connectors_make_it_stale(tmp_path: Path) -> None:
    write_job(tmp_path / "jobs")
    before = found_inputs(tmp_path / "jobs" / "copy")
    (tmp_path / "images" / "flink").mkdir(parents=True)
    (tmp_path / "images" / "flink" / "jars.sha256").write_text("0  lib/flink-connector-kafka-4.jar")
    assert found_inputs(tmp_path / "jobs" / "copy") != before


@pytest.mark.parametrize("name", JOBS)
def test_every_job_has_a_lock_that_is_not_older(name: str) -> None:
    folder = PROJECT / "jobs" / name
    lock = read_lock(folder)
    assert lock, f"run 'lakehouse plan {name}'"
    assert lock.inputs == found_inputs(folder), f"run 'lakehouse plan {name}'"


def test_an_edited_lock_alone_restarts_nothing() -> None:
    """It is in no ConfigMap, and in no image: what those are made of is listed."""
    for name in JOBS:
        files, _ = read_job(PROJECT / "jobs" / name)
        assert LOCK not in files.mounted
