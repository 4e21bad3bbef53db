from bench.hops_report import Run, text

RUNS = [
    Run("one hop", 1, rows_per_second=5000, snapshot_seconds=20, p50=1.1, p95=1.7, changes=1500),
    Run("two hops", 1, rows_per_second=2500.4, snapshot_seconds=40, p50=1.9, p95=2.6, changes=1500),
]


def test_each_run_is_a_row_with_what_it_was_measured_on() -> None:
    written = text(RUNS, orders=100_000, rate=50)
    assert "| one hop | 1 | 20.0 s | 5,000 | 1.10 s | 1.70 s |" in written
    assert "| two hops | 1 | 40.0 s | 2,500 | 1.90 s | 2.60 s |" in written
    assert "100,000 orders" in written
    assert "cores of" in written
