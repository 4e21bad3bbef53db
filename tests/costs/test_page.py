from costs.__main__ import FILE, PROJECT
from costs.page import rendered


def test_the_page_is_that_of_the_program_and_the_prices() -> None:
    assert FILE.read_text() == rendered(PROJECT), "make docs writes it anew"
