from bench.maintenance_report import Look, text

LOOKS = [Look(False, 360, 2.5), Look(False, 720, 9.96), Look(True, 360, 0.2), Look(True, 720, 0.25)]


def test_both_are_side_by_side_by_hours_of_a_stack() -> None:
    written = text(LOOKS, orders=10_000, rate=50)
    assert "| 360 | 1.0 | 2.50 s | 0.20 s |" in written
    assert "| 720 | 2.0 | 9.96 s | 0.25 s |" in written
    assert "10,000 orders, then 50 changes a second" in written
