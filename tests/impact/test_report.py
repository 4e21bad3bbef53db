from impact.jobs import Fate, JobVerdict
from impact.report import Impact, markdown
from impact.tables import Change, TableVerdict


def impact(*verdicts: JobVerdict | TableVerdict) -> Impact:
    return Impact(
        "main",
        None,
        "prod",
        [each for each in verdicts if isinstance(each, JobVerdict)],
        [each for each in verdicts if isinstance(each, TableVerdict)],
    )


def test_nothing_to_say_is_one_line() -> None:
    quiet = impact(JobVerdict("a", Fate.UNCHANGED), TableVerdict("b.c", Change.UNCHANGED, ()))
    assert markdown(quiet) == "#### Running jobs and tables\n\nAll jobs and tables stay as they are.\n"
    assert quiet.failing == []


def test_what_changes_is_told_with_why_and_what_to_do() -> None:
    told = markdown(
        impact(
            JobVerdict("a", Fate.INCOMPATIBLE, ("job.sql",), ("'Join': its state holds ROW<INT>",), ("start it anew",)),
            JobVerdict("b", Fate.UNCHANGED),
            TableVerdict("b.c", Change.BREAKING, ("the column x is gone",)),
        )
    )
    assert (
        "| `a` | **state incompatible** | job.sql | 'Join': its state holds ROW&lt;INT&gt;<br>→ start it anew |" in told
    )
    assert "| `b` |" not in told
    assert "| `b.c` | **breaking change** | the column x is gone<br>→ keep it" in told


def test_what_somebody_must_accept_is_named() -> None:
    found = impact(
        JobVerdict("a", Fate.DELETED),
        JobVerdict("b", Fate.UNKNOWN),
        TableVerdict("b.c", Change.BREAKING, ("…",)),
        TableVerdict("b.d", Change.BREAKING, ("…",), announced=True),
    )
    assert found.failing == ["a: deleted, state at risk", "b.c: breaking change"]
