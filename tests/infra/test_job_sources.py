from pathlib import Path

import pytest

from infra import job_sources
from infra.job_sources import server_ids, slot, variable
from infra.jobs import Job, load_jobs
from tests.declared import settings
from tests.infra.test_jobs import write_job


@pytest.fixture
def job(tmp_path: Path) -> Job:
    reads = [{"source": "erpdb", "tables": ["orders", "products"]}, {"source": "shipdb", "tables": ["shipments"]}]
    write_job(tmp_path, reads=reads, parallelism=4)
    return load_jobs(tmp_path, settings())[0]


def test_a_variable_of_a_script_has_one_name_in_the_environment() -> None:
    assert variable("erpdb", "server-id", "order lines") == "ERPDB_SERVER_ID_ORDER_LINES"


def test_what_is_no_secret_stands_in_the_pod_template(job: Job) -> None:
    stack = settings()
    found = job_sources.environment(
        job, stack="test", sources=stack.sources, databases=stack.databases, kafka={}, files_bucket=None
    )
    assert {name: value for name, value in found.items() if "SERVER_ID" not in name} == {
        "DATABASE_ORDERS": "iceberg_orders",
        "ERPDB_DATABASE": "erp",
        "SHIPDB_DATABASE": "ship",
        "SHIPDB_SLOT_SHIPMENTS": "test_copy_shipments",
    }
    ranges = [str(value) for name, value in found.items() if "SERVER_ID" in name]
    assert len(set(ranges)) == 2
    assert all(int(last) - int(first) == 1023 for first, last in (value.split("-") for value in ranges))


def test_secrets_are_references(job: Job) -> None:
    data = job_sources.secret_data(job, settings().sources)
    assert {"secretKey": "SHIPDB_PASSWORD", "remoteRef": {"key": "test/postgres", "property": "password"}} in data
    assert len(data) == 8


def test_server_ids_fit_in_an_int_and_never_overlap_by_halves() -> None:
    for number in range(2000):
        first, last = map(int, server_ids(f"job {number}").split("-"))
        assert 100_000 <= first <= last < 2**31
        assert (first - 100_000) % 1024 == 0


def test_a_slot_fits_into_postgresqls_names_and_stays_unique() -> None:
    long = [
        slot("a-long-stack", "a-job-with-a-long-name", f"a_table_with_a_very_long_name_{n}", f"{n}") for n in (1, 2)
    ]
    assert long[0] != long[1]
    assert all(len(name) <= 63 and name.replace("_", "").isalnum() and name.islower() for name in long)
