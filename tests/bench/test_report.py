from bench.report import OBJECTIVE_JOBS, Line, Run, text


def run(seconds: float) -> Run:
    return Run(
        resources=10, registrations=12, declared=seconds - 0.1, seconds=seconds, cpu_seconds=seconds, peak_mib=100
    )


def programs(start: float, per_job: float) -> dict[int, list[Run]]:
    """One run is slow, as on a busy machine: a median doesn't see it."""
    return {
        jobs: [run(start + per_job * jobs), run(start + per_job * jobs), run(60)] for jobs in (1, 100, OBJECTIVE_JOBS)
    }


def test_the_line_is_that_of_the_medians() -> None:
    line = Line.through(programs(1.0, 0.03))
    assert (round(line.start, 6), round(line.per_job, 6), round(line.r_squared, 6)) == (1.0, 0.03, 1.0)


def test_the_text_says_what_share_is_pulumis() -> None:
    found = text(programs(1.0, 0.03), programs(0.5, 0.015), stack="prod", load=0.2)
    assert "**1.0 s + 30 ms a job**" in found
    assert "| 200 | 10 | 12 | 6.9 s | 7.0 s | 7.0 s | 3.5 s | 50% | 100 MiB |" in found


def test_the_text_says_whether_the_objective_was_kept() -> None:
    bare = programs(0.5, 0.015)
    assert "kept by the median" in text(programs(1.0, 0.03), bare, stack="prod", load=0.2)
    assert "missed" in text(programs(1.0, 0.06), bare, stack="prod", load=0.2)
    quiet = {jobs: runs[:2] for jobs, runs in programs(1.0, 0.03).items()}
    assert "10 s, kept;" in text(quiet, bare, stack="prod", load=0.2)
