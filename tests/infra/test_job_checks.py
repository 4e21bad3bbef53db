"""What job.yaml says against the stack and against the other files of its folder."""

from pathlib import Path
from typing import Any

import pytest

from infra.errors import ConfigurationError
from infra.job_manifest import JobManifest
from infra.validation import validate
from tests.infra.test_jobs import refused, write_job

KAFKA = {"shop": {"engine": "kafka", "bootstrap_servers": "b:9092", "authentication": "none", "registry": "http://r"}}
ERPDB = {"erpdb": {"engine": "mysql", "secret": "test/mysql", "database": "erp"}}
JAVA = {"pom.xml": "<project/>", "job.properties": "", "tables.sql": ""}
PYTHON = {"job.py": "", "requirements.lock": "", "tables.sql": ""}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"reads": [{"source": "shop", "tables": ["weborders"]}]},
            "reads[0].tables: the source 'shop' is Kafka, which has topics and no tables",
        ),
        (
            {"reads": [{"source": "erpdb", "topics": ["orders"]}]},
            "reads[0].topics: the source 'erpdb' is a database, which has tables and no topics",
        ),
        (
            {"reads": [{"source": "erpdb"}]},
            "reads[0]: the source 'erpdb' has neither tables nor topics; a database has tables, Kafka has topics",
        ),
        (
            {"feeds": [{"source": "shop", "tables": ["t"], "freshness": "30s"}]},
            "feeds[0].tables: the source 'shop' is Kafka",
        ),
        (
            {"feeds": [{"source": "erbdb", "tables": ["t"], "freshness": "30s"}]},
            "feeds[0].source: the stack file has no source 'erbdb'; did you mean 'erpdb'?",
        ),
        (
            {"feeds": [{"source": "erpdb", "tables": ["t"], "freshness": "1s"}]},
            "feeds[0].freshness: the objective 1s is shorter than the stack's flink.checkpoint_interval",
        ),
        ({"entry_class": "a.B"}, "entry_class: only a Java job (one with a pom.xml) has one; remove it"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    write_job(tmp_path, **changes)
    assert said in refused(tmp_path, sources=KAFKA | ERPDB)


def test_a_java_job_says_its_main_class(tmp_path: Path) -> None:
    write_job(tmp_path, files=JAVA)
    assert "entry_class: missing; it is the main class of this Java job" in refused(tmp_path)


@pytest.mark.parametrize("files", [JAVA, PYTHON])
def test_the_tables_of_a_job_that_is_no_script_are_made_by_a_file(tmp_path: Path, files: dict[str, str]) -> None:
    manifest = {"entry_class": "a.B"} if "pom.xml" in files else {}
    write_job(tmp_path, files={name: text for name, text in files.items() if name != "tables.sql"}, **manifest)
    assert "writes: the file tables.sql beside job.yaml must make these tables" in refused(tmp_path)


@pytest.mark.parametrize(("files", "missing"), [(JAVA, "job.properties"), (PYTHON, "requirements.lock")])
def test_a_file_that_a_kind_needs_is_named(tmp_path: Path, files: dict[str, str], missing: str) -> None:
    write_job(tmp_path, files={name: text for name, text in files.items() if name != missing})
    assert refused(tmp_path).startswith(f"jobs/copy/{missing}: no such file; it holds ")


def test_a_folder_of_files_stands_once() -> None:
    manifest = {"description": "d", "owner": "o", "files": ["daily", "daily"]}
    with pytest.raises(ConfigurationError, match="files: 'daily' stands twice"):
        validate(JobManifest, manifest, shown_as="job.yaml")
