import pytest

from infra.units import mebibytes, seconds, size_in_bytes


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64", 64),
        ("64b", 64),
        ("64 bytes", 64),
        ("64k", 65536),
        ("64 KB", 65536),
        ("64kibibytes", 65536),
        (" 2  mb ", 2097152),
        ("2MebiBytes", 2097152),
        ("1 gibibytes", 1073741824),
        ("1gb", 1073741824),
        ("1t", 1099511627776),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_sizes_of_options_are_read_as_flink_reads_them(text: str, expected: int) -> None:
    assert size_in_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "mb", "1.5g", "-1m", "1 gib", "1 m b", "\u0661m"])
def test_what_is_no_size_of_an_option_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="like '64mb'"):
        size_in_bytes(text)


@pytest.mark.parametrize("text", ["9223372036854775808", "8388608 tb"])
def test_more_bytes_than_flink_can_count_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="than Flink can count"):
        size_in_bytes(text)
