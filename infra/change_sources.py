"""Whose changes a job reads, as its script calls them: what Flink's metrics call its sources."""

import re

from infra.flink_sql import statements
from infra.jobs import Job

_TABLE = r"CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:`([^`]+)`|(\w+))\s*\("
_CHANGES_OF = re.compile(rf"{_TABLE}.*'connector'\s*=\s*'[\w-]+-cdc'", re.IGNORECASE | re.DOTALL)


def sources(job: Job) -> list[str]:
    """The tables with a connector for change data, in the script's order; of a job that is no script the tables that
    job.yaml says it reads."""
    if job.files.kind != "sql":
        return [table for read in job.manifest.reads for table in read.tables]
    found = [_CHANGES_OF.match(statement) for statement in statements(job.script)]
    return [match[1] or match[2] for match in found if match]
