"""The queries that analysts find saved in their workgroup: a start for each table, in Athena's SQL."""

from dataclasses import dataclass

from infra.jobs import LakeTable
from infra.units import Duration, seconds


@dataclass(frozen=True)
class SavedQuery:
    title: str
    description: str
    sql: str


def queries_of(table: LakeTable) -> list[SavedQuery]:
    """What a table holds now and held before, who changed it when, and how fresh it is."""
    return saved_queries(table.database, table.name, table.write.freshness)


def saved_queries(database: str, table: str, freshness: Duration) -> list[SavedQuery]:
    """The same, of a table by its names in Glue and its objective."""
    name = f'"{database}"."{table}"'
    return [
        SavedQuery("select", "Some rows, as they are now", f"SELECT *\nFROM {name}\nLIMIT 100\n"),
        SavedQuery(
            "time travel",
            "Some rows, as they were ten minutes ago; it can be any time that the table has snapshots of",
            f"SELECT *\nFROM {name} FOR TIMESTAMP AS OF (current_timestamp - interval '10' minute)\nLIMIT 100\n",
        ),
        SavedQuery(
            "history",
            "Every state that the table has been in and can still be asked for, the newest first",
            f"SELECT made_current_at, snapshot_id, is_current_ancestor\nFROM {_metadata(database, table, 'history')}\n"
            "ORDER BY made_current_at DESC\n",
        ),
        SavedQuery(
            "freshness",
            f"Seconds since a job last committed; the objective for a change to be visible is {freshness}",
            "SELECT\n"
            "  date_diff('second', max(committed_at), current_timestamp) AS seconds_since_last_commit,\n"
            f"  {seconds(freshness):g} AS objective_seconds\n"
            f"FROM {_metadata(database, table, 'snapshots')}\n"
            # Compaction commits too, and makes nothing fresher.
            "WHERE operation <> 'replace'\n",
        ),
    ]


def _metadata(database: str, table: str, kind: str) -> str:
    return f'"{database}"."{table}${kind}"'
