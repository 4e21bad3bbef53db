"""The page in a real browser: for eyes, hands, keyboards and readers."""

import time

import pytest
from playwright.sync_api import Page, expect

from catalogue.page import page
from infra.named_queries import saved_queries
from tests.browser import Show
from tests.catalogue.axe import audit, contrasts
from tests.catalogue.given import MARKUP, NOW, ORDERS, contract, declared, large, measured, table

SANDBOX = page(declared(), measured(declared()), made=NOW, on_aws=False)
PROD = page(declared("prod"))
LONGEST = contract(
    {
        f"{'d' * 128}.{'t' * 128}": table(owner="o" * 80, job="j" * 45, description="word " * 60),
        "d.strange": table(description=MARKUP, tags={"t" * 50: "v" * 50}),
    },
    stack="s" * 63,
)


@pytest.mark.parametrize(
    ("text", "width", "scheme"),
    [
        (SANDBOX, 1280, "light"),
        (SANDBOX, 360, "dark"),
        (PROD, 1280, "dark"),
        (PROD, 360, "light"),
        (page(large(12), made=NOW), 1280, "light"),
    ],
    ids=["sandbox", "sandbox, narrow and dark", "prod, dark", "prod, narrow", "many tables"],
)
def test_everybody_can_read_it(show: Show, text: str, width: int, scheme: str) -> None:
    shown = show(text, width=width, color_scheme=scheme)
    found = audit(shown)
    assert found.violations == [], found.report
    assert all(html.startswith("<text ") for html in found.unsure), found.unsure
    assert min(contrasts(shown), default=21) >= 4.5


def test_text_without_contrast_would_be_found(show: Show) -> None:
    shown = show(PROD)
    shown.evaluate("document.querySelector('h1').style.color = '#f0f0f0'")
    shown.evaluate("document.querySelector('svg text').style.fill = '#f0f0f0'")
    assert audit(shown).violations == ["color-contrast"]
    assert min(contrasts(shown)) < 1.2


@pytest.mark.parametrize("width", [320, 360, 768, 1024, 1280, 1920])
@pytest.mark.parametrize("text", [SANDBOX, PROD, page(LONGEST, made=NOW)], ids=["sandbox", "prod", "longest names"])
def test_nothing_is_wider_than_the_window(show: Show, text: str, width: int) -> None:
    shown = show(text, width=width)
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    beyond = shown.evaluate(
        """[...document.querySelectorAll("main *, header *")]
            .filter((each) => !each.closest(".unseen, .skip, thead"))
            .filter((each) => each.getBoundingClientRect().right > innerWidth + 1).map((each) => each.outerHTML)"""
    )
    assert not beyond


def test_dark_is_dark(show: Show) -> None:
    light, dark = (
        show(SANDBOX, color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    )
    assert light == "rgb(247, 248, 250)"
    assert dark == "rgb(15, 20, 26)"


def tab(shown: Page, times: int) -> list[str]:
    """What the focus comes to, by name or text."""
    found: list[str] = []
    for _ in range(times):
        shown.keyboard.press("Tab")
        found.append(
            shown.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || '?'"
            )
        )
    return found


def test_the_keyboard_reaches_everything_and_shows_where_it_is(show: Show) -> None:
    shown = show(PROD)
    reached = tab(shown, 16)
    assert reached[0] == "Skip to the tables"
    assert "Copy the role of analysts" in reached
    assert f"Copy the query 'time travel' of {ORDERS}" in reached
    shown.keyboard.press("Shift+Tab")
    outline = shown.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "2px"


def test_the_first_link_leads_past_all_others(show: Show) -> None:
    shown = show(SANDBOX)
    tab(shown, 1)
    shown.keyboard.press("Enter")
    assert tab(shown, 1) == ["iceberg_orders.customer_sessions"]


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_a_button_copies_its_query(show: Show, hand: str) -> None:
    shown = show(SANDBOX, permissions=["clipboard-read", "clipboard-write"])
    button = shown.get_by_label(f"Copy the query 'time travel' of {ORDERS}")
    if hand == "mouse":
        button.click()
    else:
        button.focus()
        shown.keyboard.press("Enter")
    (query,) = [
        each for each in saved_queries("iceberg_orders", "enriched_orders_lake", "30s") if each.title == "time travel"
    ]
    expect(shown.locator("#status")).to_have_text("Copied")
    assert button.inner_text() == "Copied"
    assert shown.evaluate("navigator.clipboard.readText()") == query.sql.rstrip()
    expect(button).to_have_text("Copy")
    expect(shown.locator("#status")).to_be_empty()


def test_without_the_clipboard_the_older_way_copies(show: Show) -> None:
    shown = show(SANDBOX, permissions=["clipboard-read"])
    shown.evaluate("() => { navigator.clipboard.writeText = async () => { throw new Error('refused') } }")
    shown.get_by_label("Copy the role of analysts").click()
    expect(shown.locator("#status")).to_have_text("Copied")
    assert shown.evaluate("navigator.clipboard.readText()") == declared().teams["analysts"].role_arn


def visible(shown: Page) -> list[str]:
    return shown.evaluate("[...document.querySelectorAll('article')].filter((e) => e.offsetHeight).map((e) => e.id)")


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("enriched", [ORDERS]),
        ("ENRICHED  lake", [ORDERS]),
        ("product_description", [ORDERS, "iceberg_orders.operations_orders_lake"]),
        ("dead letters", ["iceberg_orders.web_orders_dead_letters"]),
        ("no such thing", []),
    ],
)
def test_the_filter_leaves_tables_that_have_all_words(show: Show, words: str, left: list[str]) -> None:
    shown = show(SANDBOX)
    everything = visible(shown)
    assert len(everything) == 5
    shown.keyboard.press("/")
    shown.keyboard.type(words)
    assert visible(shown) == left
    assert shown.locator("#shown").inner_text() == f"{len(left)} of 5"
    assert shown.locator("nav li:visible").count() == len(left)
    assert shown.get_by_text("No table or column is called so.").is_visible() == (not left)
    shown.keyboard.press("Escape")
    assert visible(shown) == everything
    assert shown.locator("#shown").inner_text() == "5"


def test_a_column_that_is_found_is_shown(show: Show) -> None:
    shown = show(page(large(12), made=NOW))
    assert not shown.locator("tr.hit").count()
    shown.fill("#filter", "has_arrived")
    assert shown.locator("tr.hit:visible").count() == 12
    shown.fill("#filter", "table_007")
    assert visible(shown) == ["iceberg_orders.table_007"]
    assert not shown.locator("tr.hit").count()
    assert not shown.locator("article:visible details[open]").count()


def test_a_link_to_a_table_opens_it(show: Show) -> None:
    shown = show(page(large(12), made=NOW), anchor="#iceberg_orders.table_007")
    assert shown.locator("details[open]").count() == 1
    shown.locator("nav a", has_text="table_009").click()
    expect(shown.locator("details[open]")).to_have_count(2)


def test_without_scripts_all_of_it_can_be_read(show: Show) -> None:
    shown = show(page(large(12), made=NOW), java_script_enabled=False)
    assert not shown.locator("#filter").is_visible()
    assert not shown.get_by_role("button", name="Copy").count()
    shown.locator("summary").nth(3).click()
    assert shown.locator("article").nth(3).get_by_text("Whether it is there").is_visible()
    assert shown.locator("article").nth(3).locator("pre").first.is_visible()


def test_nothing_of_a_contract_is_run(show: Show) -> None:
    shown = show(page(LONGEST, made=NOW))
    dialogs: list[str] = []
    shown.on("dialog", lambda dialog: dialogs.append(dialog.message))
    shown.fill("#filter", MARKUP)
    assert visible(shown) == ["d.strange"]
    assert not dialogs


def test_three_hundred_tables_are_quick(show: Show) -> None:
    text = page(large(300), made=NOW)
    began = time.perf_counter()
    shown = show(text)
    opened = time.perf_counter() - began
    filtered: float = shown.evaluate(
        """() => {
            const field = document.getElementById("filter"), began = performance.now();
            field.value = "table_123"; field.dispatchEvent(new Event("input")); document.body.offsetHeight;
            return performance.now() - began;
        }"""
    )
    assert visible(shown) == ["iceberg_orders.table_123"]
    # On a quiet machine 0.5 s and 30 ms.
    assert opened < 10
    assert filtered < 1000
