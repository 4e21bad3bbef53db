from dataclasses import replace
from pathlib import Path

from infra.job_kinds import JobFiles
from infra.topic_sources import topic_sources
from tests.infra.jobs_given import given_job, given_reader


def test_a_script_calls_them_by_its_tables(tmp_path: Path) -> None:
    assert topic_sources(given_reader(tmp_path)) == ["web orders"]


def test_a_program_calls_them_by_their_topics(tmp_path: Path) -> None:
    java = replace(given_reader(tmp_path), files=JobFiles("java", "tables.sql", {"job.properties": ""}))
    assert topic_sources(java) == ["weborders"]


def test_changes_of_databases_are_none(tmp_path: Path) -> None:
    assert topic_sources(given_job(tmp_path)) == []
