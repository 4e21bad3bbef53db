"""A job that reads and writes something, for what is made of jobs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.job_manifest import Read
from infra.jobs import Job, load_jobs
from tests.declared import settings
from tests.infra.test_jobs import write_job

SCRIPT = """\
-- Two sources and a table.
CREATE TEMPORARY TABLE orders (id INT) WITH ('connector' = 'mysql-cdc', 'table-name' = 'tbl_orders; old');
create temporary table if not exists `the shipments` (id INT) with ('connector' = 'postgres-cdc');
CREATE TEMPORARY TABLE numbers (id INT) WITH ('connector' = 'datagen');
CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copies (id INT) WITH ('format-version' = '2');
INSERT INTO lake.`${database.orders}`.copies SELECT id FROM orders;
"""


def given_job(folder: Path, name: str = "copy", **manifest: Any) -> Job:
    write_job(folder, name, files={"job.sql": SCRIPT}, **manifest)
    return next(job for job in load_jobs(folder, settings()) if job.name == name)


def given_reader(folder: Path, **manifest: Any) -> Job:
    """One that reads a topic besides."""
    job = given_job(folder, **manifest)
    script = (
        f"{SCRIPT}CREATE TEMPORARY TABLE `web orders` (id INT) WITH ('topic' = 'weborders', 'connector' = 'kafka');\n"
    )
    reads = [*job.manifest.reads, Read(source="shop", topics=["weborders"])]
    return replace(
        job,
        files=replace(job.files, mounted={"job.sql": script}),
        manifest=job.manifest.model_copy(update={"reads": reads}),
    )


def written(table: str, freshness: str = "30s") -> dict[str, Any]:
    return {"table": f"orders.{table}", "key": ["id"], "freshness": freshness}
