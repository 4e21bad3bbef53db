import pytest

from infra.units import mebibytes, seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("30s", 30), ("1 min", 60), ("500ms", 0.5), ("2h", 7200), ("1d", 86400)]
)
def test_durations_are_read_as_flink_reads_them(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["30", "fast", "1 week", "-1s", "1.5s", ""])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="like '30s'"):
        seconds(text)


@pytest.mark.parametrize(("text", "expected"), [("1728m", 1728), ("2g", 2048), ("2 g", 2048)])
def test_memory_sizes_are_binary(text: str, expected: int) -> None:
    assert mebibytes(text) == expected


@pytest.mark.parametrize("text", ["2", "2gb!", "2Gi", "1.5g"])
def test_what_is_no_memory_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="like '1728m'"):
        mebibytes(text)
