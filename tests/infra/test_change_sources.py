from pathlib import Path

from infra.change_sources import sources
from tests.infra.jobs_given import given_job


def test_sources_are_the_tables_whose_changes_the_script_reads(tmp_path: Path) -> None:
    assert sources(given_job(tmp_path)) == ["orders", "the shipments"]
