import pytest

from policy.resources import UNKNOWN
from review.values import ABSENT, PLACEHOLDER, Change, differences, known, lookup, parse_path, path_text, value_text


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.job.args[2]", ("spec", "job", "args", 2)),
        ('data["job.sql"]', ("data", "job.sql")),
        ('["a.b"].c', ("a.b", "c")),
        ('tags["say \\"hi\\""]', ("tags", 'say "hi"')),
    ],
)
def test_a_path_is_read_as_pulumi_writes_it(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path
    assert path_text(path) == text


def test_the_smallest_values_that_differ_are_told() -> None:
    before = {"a": {"b": [1, 2], "gone": "x"}, "same": [{"c": 1}]}
    after = {"a": {"b": [1, 3, 4]}, "same": [{"c": 1}], "new": None}
    assert list(differences(before, after)) == [
        Change(("a", "b", 1), 2, 3),
        Change(("a", "b", 2), ABSENT, 4),
        Change(("a", "gone"), "x", ABSENT),
        Change(("new",), ABSENT, None),
    ]
    assert list(differences({"a": 1}, {"a": True})) == [Change(("a",), 1, True)]


def test_what_is_unknown_is_marked_and_what_providers_note_is_left_out() -> None:
    assert known({"a": [PLACEHOLDER, "b"], "__defaults": []}) == {"a": [UNKNOWN, "b"]}


def test_nothing_stands_where_nothing_stands() -> None:
    assert lookup({"a": [1]}, ("a", 0)) == 1
    for path in (("a", 1), ("b",), ("a", "b"), ("a", 0, "c")):
        assert lookup({"a": [1]}, path) is ABSENT


def test_values_are_shown_on_one_line_and_cut() -> None:
    assert value_text("a\nb") == '"a\\nb"'
    assert value_text([1, {"b": UNKNOWN}]) == '[1, {"b": "unknown"}]'
    assert (value_text(UNKNOWN), value_text(ABSENT), value_text("[secret]")) == ("unknown", "nothing", "[secret]")
    long = value_text("a" * 200 + "end", 60)
    assert (len(long), long[:2], long[-4:]) == (60, '"a', 'end"')
