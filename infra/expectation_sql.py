"""Expectations as queries, in Athena's SQL: which snapshot to look at, and how it keeps them.

Names and values of job.yaml are quoted here, whatever they hold. The sandbox's Athena answers the same queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from infra.expectations import AcceptedValues, Drift, Expectation, MinRows, NotNull, Unique
from infra.jobs import LakeTable
from infra.units import seconds

_MOST_OF_SAMPLE = 200
"""Characters."""


@dataclass(frozen=True)
class Check:
    """The query of a check, in parts: between the first two stands the id of the snapshot that is looked at, between
    the last two that of the earlier one that it is compared with."""

    parts: tuple[str, str, str]

    def of(self, snapshot: int, earlier: int) -> str:
        before, between, after = self.parts
        return f"{before}{snapshot}{between}{earlier}{after}"


def snapshots_query(table: LakeTable, *, most: int) -> str:
    """The newest of the table's snapshots, `most` of them: `snapshot_id`, `made_current_at`, and `earlier_id`, which is
    what Drift compares with: the newest that was there `within` before, or the same one where none was."""
    history = f"{_quoted(table.database)}.{_quoted(f'{table.name}$history')}"
    drift = next((each for each in expectations_of(table) if isinstance(each, Drift)), None)
    earlier = "snapshot_id"
    if drift:
        ago = f"interval '{seconds(drift.within):.0f}' second"
        earlier = (
            "coalesce(\n"
            "    (\n"
            "      SELECT max_by(earlier.snapshot_id, earlier.made_current_at)\n"
            "      FROM history AS earlier\n"
            f"      WHERE earlier.made_current_at <= newest.made_current_at - {ago}\n"
            "    ),\n"
            "    snapshot_id\n"
            "  )"
        )
    return (
        "WITH history AS (\n"
        f"  SELECT snapshot_id, made_current_at FROM {history} WHERE is_current_ancestor\n"
        "), newest AS (\n"
        f"  SELECT * FROM history ORDER BY made_current_at DESC LIMIT {most}\n"
        ")\n"
        f"SELECT\n  snapshot_id,\n  made_current_at,\n  {earlier} AS earlier_id\n"
        "FROM newest\n"
        "ORDER BY made_current_at DESC\n"
    )


def check_query(table: LakeTable) -> Check:
    """One row for each expectation, the most broken first: `name`; `violations`, 0 where it holds; `sample`, one thing
    that breaks it; and in each row the same `summary`, of all that are broken, without values: it is for mails.

    It reads the columns that are named, once; of the earlier snapshot, where Drift asks for it, the key's alone.
    """
    expectations = expectations_of(table)
    source = f"{_quoted(table.database)}.{_quoted(table.name)} FOR VERSION AS OF "
    drift = any(isinstance(each, Drift) for each in expectations)
    cases = [f"WHEN {number} THEN" for number in range(len(expectations))]
    violations = "\n".join(f"      {case} broken_{number}" for number, case in enumerate(cases))
    samples = "\n".join(f"      {case} sample_{number}" for number, case in enumerate(cases))
    names = ", ".join(f"({number}, {_literal(each.name)})" for number, each in enumerate(expectations))
    unique = next((each for each in expectations if isinstance(each, Unique)), None)
    counted_from = f"GROUP BY {', '.join(map(_quoted, unique.columns))}\n)" if unique else ")"
    verdict = (
        f"{_over_groups(expectations) if unique else ''}"
        ", judged AS (\n"
        f"  SELECT\n{_judged(expectations)}\n  FROM counted{' CROSS JOIN earlier' if drift else ''}\n"
        "), told AS (\n"
        "  SELECT\n"
        "    expectation.number,\n"
        "    expectation.name,\n"
        f"    CASE expectation.number\n{violations}\n    END AS violations,\n"
        f"    CASE expectation.number\n{samples}\n    END AS sample\n"
        f"  FROM judged CROSS JOIN (VALUES {names}) AS expectation (number, name)\n"
        ")\n"
        "SELECT\n"
        "  name,\n"
        "  violations,\n"
        f"  substr(sample, 1, {_MOST_OF_SAMPLE}) AS sample,\n"
        "  array_join(\n"
        "    array_agg(CASE WHEN violations > 0 THEN name || ': ' || CAST(violations AS varchar) END) OVER (), '; '\n"
        "  ) AS summary\n"
        "FROM told\n"
        "ORDER BY violations DESC, number\n"
    )
    first = f"WITH {'grouped' if unique else 'counted'} AS (\n  SELECT\n{_counts(table, expectations)}\n  FROM {source}"
    if not drift:
        return Check((first, f"\n{counted_from}{verdict}-- Nothing is compared with the snapshot ", "\n"))
    return Check(
        (first, f"\n{counted_from}, earlier AS (\n  SELECT count(*) AS row_count FROM {source}", f"\n){verdict}")
    )


def expectations_of(table: LakeTable) -> list[Expectation]:
    """Of the table, in the order of its answers."""
    return table.write.expectations.each(table.write.key)


def _counts(table: LakeTable, expectations: Sequence[Expectation]) -> str:
    """What one pass over the rows, or over those of each group, has to tell."""
    key = _text(table.write.key) if table.write.key else "CAST(NULL AS varchar)"
    lines = ["    count(*) AS row_count"]
    for number, each in enumerate(expectations):
        match each:
            case NotNull(column):
                broken, sample = f"{_quoted(column)} IS NULL", key
            case AcceptedValues(column, values):
                known = ", ".join(map(_literal, values))
                broken, sample = f"{_quoted(column)} NOT IN ({known})", _text([column])
            case Unique(columns):
                # Of a group, one of its values is each of them.
                lines.append(f"    min({_text(columns)}) AS sample_{number}")
                continue
            case _:
                continue
        lines.append(f"    count_if({broken}) AS broken_{number}")
        lines.append(f"    min(CASE WHEN {broken} THEN {sample} END) AS sample_{number}")
    return ",\n".join(lines)


def _over_groups(expectations: Sequence[Expectation]) -> str:
    """What the groups have to tell together."""
    lines = ["    coalesce(sum(row_count), 0) AS row_count"]
    for number, each in enumerate(expectations):
        match each:
            case Unique():
                lines.append(f"    coalesce(sum(row_count - 1), 0) AS broken_{number}")
                lines.append(f"    min(CASE WHEN row_count > 1 THEN sample_{number} END) AS sample_{number}")
            case NotNull() | AcceptedValues():
                lines.append(f"    coalesce(sum(broken_{number}), 0) AS broken_{number}")
                lines.append(f"    min(sample_{number}) AS sample_{number}")
            case _:
                continue
    return ", counted AS (\n  SELECT\n" + ",\n".join(lines) + "\n  FROM grouped\n)"


def _judged(expectations: Sequence[Expectation]) -> str:
    """The same, and what the number of rows says."""
    lines: list[str] = []
    for number, each in enumerate(expectations):
        broken, sample = f"broken_{number}", f"sample_{number}"
        match each:
            case MinRows(least):
                broken = f"greatest({least} - counted.row_count, 0)"
                sample = "CAST(counted.row_count AS varchar) || ' rows'"
            case Drift(percent):
                now, then = "counted.row_count", "earlier.row_count"
                beyond = f"greatest(abs({now} - {then}) - {then} * {percent} / 100, 0)"
                broken = f"CASE WHEN {then} = 0 THEN 0 ELSE {beyond} END"
                sample = f"CAST({now} AS varchar) || ' rows, ' || CAST({then} AS varchar) || ' before'"
            case _:
                pass
        lines += [f"    {broken} AS broken_{number}", f"    {sample} AS sample_{number}"]
    return ",\n".join(lines)


def _text(columns: Sequence[str]) -> str:
    """The columns' values, to be read."""
    parts = [f"coalesce(CAST({_quoted(column)} AS varchar), 'NULL')" for column in columns]
    return " || ', ' || ".join(parts)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: bool | int | str) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()
