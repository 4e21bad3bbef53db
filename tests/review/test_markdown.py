import pytest

from review.markdown import Part, block, code, fit, row

LEFT_OUT = "({} left out)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "`plain`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("a\nb\tc", "`a b c`"),
        ("", "` `"),
        ("<script>@someone", "`<script>@someone`"),
    ],
)
def test_names_are_code_that_nothing_breaks_out_of(text: str, shown: str) -> None:
    assert code(text) == shown


def test_a_bar_does_not_end_a_cell() -> None:
    assert row(code("a || b"), "") == r"| `a \|\| b` |   |"


def test_a_fence_is_longer_than_what_it_holds() -> None:
    assert block("````\nx", "diff") == "`````diff\n````\nx\n`````"


def test_what_fits_is_told_whole() -> None:
    assert fit([Part("a", ["1", "2"], "z"), Part("b")], 1000, LEFT_OUT) == "a\n1\n2\nz\n\nb\n"


def test_what_does_not_fit_is_counted() -> None:
    items = [f"item {number}" for number in range(100)]
    text = fit([Part("first", items[:3]), Part("last", items, "</details>")], 200, LEFT_OUT)
    assert len(text) <= 200
    assert "first\nitem 0\nitem 1\nitem 2\n" in text
    shown = text.count("item ") - 3
    assert 0 < shown < 100
    assert text.endswith(f"</details>\n\n({100 - shown} left out)\n")


def test_no_part_takes_the_room_of_what_another_must_say() -> None:
    text = fit([Part("a", ["x" * 10] * 50), Part("b", ["y" * 10] * 50)], 120, LEFT_OUT)
    assert len(text) <= 120
    assert text.endswith("b\n\n(50 left out)\n")
