import pytest

from infra.errors import ConfigurationError
from sandbox.demo.comparison import compare
from sandbox.demo.job_select import JobSelect
from sandbox.sample.generator import generate
from sandbox.sample.sources import Sources
from sandbox.sample.tables import EnrichedOrder
from tests.declared import PROJECT

SCRIPT = (PROJECT / "jobs" / "enriched-orders" / "job.sql").read_text()
SAMPLE = generate(300, seed=3)
SOURCES = Sources.of([*SAMPLE.products, *SAMPLE.orders, *SAMPLE.shipments])


def rows(script: str, columns: tuple[str, ...] = EnrichedOrder._fields) -> list[dict[str, object]]:
    return JobSelect(script, "job.sql").rows(SOURCES, columns)


def changed(old: str, new: str) -> str:
    assert old in SCRIPT
    return SCRIPT.replace(old, new)


def test_the_repositorys_select_is_the_join() -> None:
    comparison = compare([row._asdict() for row in SOURCES.all_enriched()], rows(SCRIPT))
    assert (comparison.rows_in_lake, comparison.rows_different) == (300, 0), comparison.examples


def test_a_changed_select_changes_what_is_expected() -> None:
    upper = rows(changed("o.customer_name,", "UPPER(o.customer_name),"))
    names = {row.customer_name for row in SOURCES.all_enriched() if row.customer_name}
    assert {row["customer_name"] for row in upper} - {None} == {name.upper() for name in names}


def test_a_filter_leaves_rows_out() -> None:
    paid = rows(changed("s.order_id;", "s.order_id WHERE o.order_status <> 'DELIVERED';"))
    assert 0 < len(paid) < 300
    assert "DELIVERED" not in {row["order_status"] for row in paid}


def test_a_column_more_goes_by_position() -> None:
    doubled = rows(
        changed("  s.has_arrived\n", "  s.has_arrived,\n  o.order_qty * 2\n"), (*EnrichedOrder._fields, "twice")
    )
    assert [row["twice"] for row in doubled] == [int(str(row["order_qty"])) * 2 for row in doubled]


def test_a_table_goes_by_the_name_that_the_script_gives_it() -> None:
    script = changed("TABLE products", "TABLE goods").replace("JOIN products AS", "JOIN goods AS")
    assert len(rows(script)) == 300


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (SCRIPT.replace("o.order_qty,", "TO_TIMESTAMP_LTZ(o.order_qty, 3),"), "cannot"),
        (SCRIPT.replace("  o.order_qty,\n", ""), "it gives 12 columns, and the table has 13"),
        ("CREATE TABLE t (a INT);", "no INSERT INTO"),
    ],
)
def test_what_cannot_be_computed_is_said(script: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as error:
        rows(script)
    assert len(str(error.value).splitlines()) <= 5
