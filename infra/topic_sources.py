"""Whose records a job reads from Kafka, as it calls them: what Flink's metrics call its sources."""

import re

from infra.flink_sql import statements
from infra.jobs import Job
from infra.kafka import topics_of

_TABLE = r"CREATE\s+(?:TEMPORARY\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:`([^`]+)`|(\w+))\s*\("
_RECORDS_OF = re.compile(rf"{_TABLE}.*'connector'\s*=\s*'(?:upsert-)?kafka'", re.IGNORECASE | re.DOTALL)


def topic_sources(job: Job) -> list[str]:
    """The tables with a connector for Kafka, in the script's order; of a job that is no script the topics that job.yaml
    says it reads, after which it names its sources."""
    topics = topics_of([job])
    if not topics or job.files.kind != "sql":
        return topics
    found = [_RECORDS_OF.match(statement) for statement in statements(job.script)]
    return [match[1] or match[2] for match in found if match]
