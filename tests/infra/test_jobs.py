from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.errors import ConfigurationError
from infra.jobs import Job, load_jobs, unknown_left_out
from tests.declared import JOBS, PROJECT, settings

MANIFEST: dict[str, Any] = {
    "description": "A job",
    "owner": "a-team",
    "reads": [{"source": "erpdb", "tables": ["orders"]}],
    "writes": [{"table": "orders.copies", "key": ["order_id"], "freshness": "30s"}],
}


def write_job(jobs: Path, name: str = "copy", files: dict[str, str] | None = None, **changes: Any) -> None:
    folder = jobs / name
    folder.mkdir(parents=True)
    (folder / "job.yaml").write_text(yaml.safe_dump(MANIFEST | changes))
    for file, content in (files if files is not None else {"job.sql": "INSERT INTO t SELECT 1;"}).items():
        (folder / file).write_text(content)


def refused(jobs: Path, **stack: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        load_jobs(jobs, settings(**stack))
    message = str(error.value)
    assert 1 <= len(message.splitlines()) <= 5
    return message


@pytest.mark.parametrize("name", JOBS)
def test_every_job_folder_of_the_repository_is_complete(name: str) -> None:
    loaded = {job.name: job for job in load_jobs(PROJECT / "jobs", settings())}
    assert loaded[name].files.mounted
    assert (PROJECT / "jobs" / name / "README.md").read_text().startswith(f"# {name}")


def test_a_folder_is_a_job(tmp_path: Path) -> None:
    write_job(tmp_path)
    (job,) = load_jobs(tmp_path, settings())
    assert isinstance(job, Job)
    assert (job.name, job.script) == ("copy", "INSERT INTO t SELECT 1;")
    assert [(table.database, table.name) for table in job.tables] == [("iceberg_orders", "copies")]


def test_a_misspelt_key_is_named_with_file_line_and_the_nearest(tmp_path: Path) -> None:
    write_job(tmp_path, paralelism=2)
    assert refused(tmp_path) == "jobs/copy/job.yaml:3: paralelism: unknown key; did you mean 'parallelism'?"


def test_a_misspelt_key_in_a_list_is_found_too(tmp_path: Path) -> None:
    write_job(tmp_path, writes=[{"table": "orders.copies", "keys": ["a"], "key": ["a"], "freshness": "30s"}])
    assert "writes[0].keys: unknown key; did you mean 'key'?" in refused(tmp_path)


def test_two_entry_points_are_named(tmp_path: Path) -> None:
    write_job(tmp_path, files={"job.sql": "", "job.py": ""})
    assert refused(tmp_path) == (
        "jobs/copy: a job folder has exactly one entry point (job.sql, pom.xml, job.py); here are job.sql and job.py"
    )


def test_no_entry_point_is_an_error(tmp_path: Path) -> None:
    write_job(tmp_path, files={})
    assert refused(tmp_path).endswith("here is none")


def test_a_folder_without_manifest_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "job.sql").touch()
    assert refused(tmp_path) == "jobs/copy/job.yaml: no such file"


def test_an_unknown_source_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write_job(tmp_path, reads=[{"source": "erbdb", "tables": ["orders"]}])
    assert "reads[0].source: the stack file has no source 'erbdb'; did you mean 'erpdb'?" in refused(tmp_path)


def test_an_unknown_database_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    write_job(tmp_path, writes=[{"table": "sales.copies", "key": ["a"], "freshness": "30s"}])
    assert "writes[0].table: the stack file has no database 'sales'; known: orders" in refused(tmp_path)


def test_a_table_written_by_two_jobs_names_both(tmp_path: Path) -> None:
    write_job(tmp_path, "one")
    write_job(tmp_path, "two")
    message = refused(tmp_path)
    assert message.startswith("jobs/two/job.yaml: writes the table iceberg_orders.copies, as jobs/one/job.yaml does;")


def test_a_source_that_stands_twice_is_refused(tmp_path: Path) -> None:
    write_job(tmp_path, reads=[{"source": "erpdb", "tables": ["a"]}, {"source": "erpdb", "tables": ["b"]}])
    assert "source 'erpdb' stands twice in reads" in refused(tmp_path)


def test_an_objective_below_the_checkpoint_interval_cannot_be_met(tmp_path: Path) -> None:
    write_job(tmp_path)
    message = refused(tmp_path, flink={"checkpoint_interval": "1min"})
    assert "writes[0].freshness: the objective 30s is shorter than the stack's flink.checkpoint_interval" in message


def test_memory_that_flink_cannot_start_with_is_refused(tmp_path: Path) -> None:
    write_job(tmp_path, resources={"taskmanager": {"cpu": 1, "memory": "512m"}})
    message = refused(tmp_path)
    assert "resources.taskmanager.memory: 512m is too little for a TaskManager: Flink sets aside 793.6m (" in message
    assert message.endswith("; give it at least 1024m")


def test_an_option_with_which_no_memory_is_enough_is_refused_where_it_stands(tmp_path: Path) -> None:
    write_job(tmp_path, flink={"taskmanager.memory.managed.fraction": "0.95"})
    message = refused(tmp_path)
    assert message.startswith(
        "jobs/copy/job.yaml:3: flink.taskmanager.memory.managed.fraction: 1728m is too little for"
    )
    assert "no other memory fits either: change taskmanager.memory.managed.fraction" in message


def test_the_jobmanager_has_options_of_its_own(tmp_path: Path) -> None:
    write_job(tmp_path, flink={"jobmanager.memory.off-heap.size": "1 gb"})
    message = refused(tmp_path)
    assert "resources.jobmanager.memory: 1024m is too little for a JobManager" in message
    assert message.endswith("; give it at least 1600m, or change jobmanager.memory.off-heap.size")


def test_last_state_needs_high_availability(tmp_path: Path) -> None:
    write_job(tmp_path, upgrade_mode="last-state")
    assert "flink.high_availability" in refused(tmp_path, flink={"high_availability": False})


def test_an_option_of_the_platform_is_refused_with_what_to_set_instead(tmp_path: Path) -> None:
    write_job(tmp_path, flink={"taskmanager.numberOfTaskSlots": "4"})
    assert "the platform's: set resources.taskmanager.slots" in refused(tmp_path)


def test_an_option_that_flink_does_not_know_is_refused(tmp_path: Path) -> None:
    write_job(tmp_path, flink={"table.exec.state.tll": "1 h"})
    assert "has no such option; did you mean 'table.exec.state.ttl'?" in refused(tmp_path)


def test_a_folder_name_that_kubernetes_would_refuse_is_refused_here(tmp_path: Path) -> None:
    write_job(tmp_path, "Copy_Orders")
    assert refused(tmp_path).startswith("jobs/Copy_Orders: name: ")


def test_a_script_cannot_set_what_is_the_platforms(tmp_path: Path) -> None:
    write_job(
        tmp_path,
        files={"job.sql": "-- quick\nSET 'execution.checkpointing.interval' = '1 h';\nINSERT INTO t SELECT 1;"},
    )
    assert refused(tmp_path) == (
        "jobs/copy/job.sql:2: SET 'execution.checkpointing.interval': this option is the platform's: "
        "set flink.checkpoint_interval in the stack file"
    )


def test_a_script_cannot_set_what_flink_does_not_know(tmp_path: Path) -> None:
    write_job(tmp_path, files={"job.sql": "SET 'table.exec.state.tll' = '1 d';\nINSERT INTO t SELECT 1;"})
    assert "jobs/copy/job.sql:1: SET 'table.exec.state.tll': " in refused(tmp_path)
    assert "did you mean 'table.exec.state.ttl'?" in refused(tmp_path)


def test_a_stack_leaves_out_what_it_does_not_run(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_job(tmp_path, name, writes=[])
    write_job(tmp_path, "broken", reads=[{"source": "nowhere", "tables": ["t"]}])
    assert [job.name for job in load_jobs(tmp_path, settings(leave_out=["two", "broken"]))] == ["one"]


def test_the_strictest_objective_counts_wherever_a_job_writes(tmp_path: Path) -> None:
    feeds = [{"source": "erpdb", "tables": ["sums"], "freshness": "20s"}]
    write_job(tmp_path, "feeding", feeds=feeds)
    write_job(tmp_path, "printing", writes=[])
    assert [job.objective for job in load_jobs(tmp_path, settings())] == ["20s", None]


def test_a_name_that_is_left_out_and_not_there_is_answered_with_the_nearest(tmp_path: Path) -> None:
    write_job(tmp_path, "orders")
    assert unknown_left_out(tmp_path, settings(leave_out=["orders"])) == []
    assert unknown_left_out(tmp_path, settings(leave_out=["order"])) == [
        "leave_out: there is no folder jobs/order; did you mean 'orders'?"
    ]
