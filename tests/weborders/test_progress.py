"""What is told where there is no terminal."""

from itertools import islice

import pytest

from weborders import progress
from weborders.pace import Shopping, Steady


def test_a_line_comes_every_five_seconds_with_the_rate_since_the_last_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    lines = progress.Lines("orders")
    for now, done in ((101.0, 10), (105.0, 40), (107.0, 50), (110.0, 60), (120.0, 60)):
        clock[0] = now
        lines(done, f"{done} of 60")
    assert capsys.readouterr().out == "40 of 60 (8.0 orders/s)\n60 of 60 (4.0 orders/s)\n"


def test_pauses_stay_within_their_limits_and_repeat_with_the_seed() -> None:
    pace = Shopping(batch_size_max=4, order_pause_max=2, batch_pause_max=9, seed=1)
    pauses = list(islice(pace.pauses(), 2000))
    assert pauses == list(islice(pace.pauses(), 2000))
    assert pauses[0] == 0 and max(pauses) <= 9
    between_batches = sum(pause > 2 for pause in pauses)
    # Batches of 1 to 4 orders, 2.5 on average, of whose pauses 7/9 are longer than any within them.
    assert 0.9 < between_batches / (2000 / 2.5 * 7 / 9) < 1.1


def test_a_steady_rate_has_equal_pauses() -> None:
    assert list(islice(Steady(4).pauses(), 3)) == [0, 0.25, 0.25]
