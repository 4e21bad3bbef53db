from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra import job_script
from infra.errors import ConfigurationError
from infra.job_columns import columns, problem_with_locks
from infra.job_script import Column
from infra.jobs import Job, load_jobs
from infra.outputs import contract
from infra.plan_lock import LOCK, make, write_lock
from tests.declared import JOBS, PROJECT, deploy, settings
from tests.infra.jobs_given import SCRIPT, written
from tests.infra.test_jobs import write_job

ID = {"name": "id", "type": "BIGINT", "nullable": False, "description": "As Flink has it"}


def given(folder: Path, *, table: str = "orders.copies", column: dict[str, Any] = ID, **manifest: Any) -> Job:
    """A job whose lock says otherwise of its table than its script."""
    write_job(folder, files={"job.sql": SCRIPT}, writes=[written("copies")], **manifest)
    job = loaded(folder)
    made = {table: {"columns": [column], "key": ["id"]}}
    write_lock(job.folder, make(job.folder, job.files, job.manifest, {"tables": made, "sources": {}, "operators": []}))
    return job


def loaded(folder: Path) -> Job:
    (job,) = load_jobs(folder, settings())
    return job


def edit(folder: Path) -> Job:
    script = folder / "copy" / "job.sql"
    script.write_text(script.read_text().replace("SELECT id", "SELECT id + 1"))
    return loaded(folder)


IN_LOCK = [Column("id", "bigint", nullable=False, description="As Flink has it")]
IN_SCRIPT = [Column("id", "integer", nullable=True, description="")]


@pytest.mark.parametrize("table", ["orders.copies", "iceberg_orders.copies"])
def test_they_are_those_of_the_lock_by_either_name_of_the_database(tmp_path: Path, table: str) -> None:
    assert columns(given(tmp_path, table=table)) == {"iceberg_orders.copies": IN_LOCK}


def test_of_a_job_that_is_newer_than_its_lock_they_are_those_of_the_script(tmp_path: Path) -> None:
    given(tmp_path)
    script = (tmp_path / "copy" / "job.sql").read_text().replace("copies (id INT)", "copies (id INT, PRIMARY KEY (id))")
    (tmp_path / "copy" / "job.sql").write_text(script)
    assert columns(loaded(tmp_path)) == {"iceberg_orders.copies": IN_SCRIPT}


def test_a_lock_that_was_edited_by_hand_stops_the_program(tmp_path: Path) -> None:
    job = given(tmp_path)
    (job.folder / LOCK).write_text((job.folder / LOCK).read_text().replace("BIGINT", "INT"))
    for read in (lambda: columns(job), lambda: problem_with_locks([job])):
        with pytest.raises(ConfigurationError, match=r"^jobs/copy/plan\.lock\.json: edited by hand"):
            read()


def test_a_table_that_the_job_does_not_make_is_an_error_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        columns(given(tmp_path, table="orders.copied"))
    assert str(error.value) == (
        "jobs/copy/job.yaml: writes orders.copies, which the job does not make; did you mean 'orders.copied'?"
    )


def test_a_key_column_that_the_table_lacks_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        columns(given(tmp_path, column=ID | {"name": "idd"}))
    assert str(error.value).startswith(
        "jobs/copy/job.yaml: writes orders.copies with the key column 'id', which the table does not have"
    )


def test_locks_that_are_missing_or_stale_are_told_at_once(tmp_path: Path) -> None:
    current = given(tmp_path / "a")
    assert problem_with_locks([current]) is None
    given(tmp_path / "b")
    stale = edit(tmp_path / "b")
    write_job(tmp_path / "c", "other", files={"job.sql": SCRIPT})
    missing = loaded(tmp_path / "c")
    assert problem_with_locks([current, stale, missing]) == (
        "jobs/copy/plan.lock.json is older than the job, jobs/other/plan.lock.json is missing: the contract's columns "
        "are those of the script; run 'lakehouse plan copy other' and commit what it writes"
    )


def said(jobs: list[Job], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the program warns of while it makes the contract of these jobs."""
    warnings: list[str] = []

    def warn(message: str) -> None:
        warnings.append(message)

    monkeypatch.setattr(pulumi.log, "warn", warn)

    def declare() -> None:
        found = contract(
            settings(),
            jobs,
            account_id="123456789012",
            databases={},
            teams={},
            results="lake-query-results",
            results_key_arn="arn:aws:kms:::key/k",
        )
        pulumi.export("contract", found)

    assert deploy(declare).program.outputs["contract"]["tables"] is not None
    return warnings


def test_the_program_warns_once_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        script = SCRIPT.replace("copies (id INT)", f"{name} (id INT, PRIMARY KEY (id) NOT ENFORCED)")
        write_job(tmp_path, name, files={"job.sql": script}, writes=[written(name)])
    (warning,) = said(load_jobs(tmp_path, settings()), monkeypatch)
    assert "run 'lakehouse plan a b'" in warning


def test_it_warns_of_none_of_the_jobs_of_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(load_jobs(PROJECT / "jobs", settings()), monkeypatch) == []


@pytest.mark.parametrize("name", JOBS)
def test_script_and_planner_agree_on_the_jobs_of_the_repository(name: str) -> None:
    jobs = {job.name: job for job in load_jobs(PROJECT / "jobs", settings())}
    assert columns(jobs[name]) == (job_script.columns(jobs[name]) if jobs[name].tables else {})
