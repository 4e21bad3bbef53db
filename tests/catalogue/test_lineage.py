"""The picture of where a table comes from."""

import itertools
import re
import xml.etree.ElementTree as ET

import pytest

from catalogue.lineage import WIDTH, described, drawn
from infra.outputs import SourceContract, TableContract
from tests.catalogue.given import MARKUP, ORDERS, declared, table

LONG = table(
    job="a-job-with-a-name-as-long-as-kubernetes-lets",
    sources=[
        SourceContract(source="s" * 39, engine="sqlserver", tables=[f"{'t' * 50}{n}" for n in range(30)]),
        SourceContract(source="shop", engine="kafka", topics=["weborders", "returns"]),
    ],
)
TABLES = {
    ORDERS: declared().tables[ORDERS],
    f"{'d' * 128}.{'t' * 128}": LONG,
    "iceberg_orders.made_of_nothing": table(sources=[]),
}


def test_it_is_told_in_words_too() -> None:
    said = described(ORDERS, TABLES[ORDERS])
    assert said == (
        "Lineage: the job enriched-orders reads erpdb (MySQL: products, orders) and shipdb (PostgreSQL: shipments), "
        "and writes iceberg_orders.enriched_orders_lake"
    )
    assert ET.fromstring(drawn(ORDERS, TABLES[ORDERS])).get("aria-label") == said
    assert "reads no source of the stack" in described("d.t", table(sources=[]))


def test_sources_job_and_table_follow_one_another() -> None:
    svg = drawn(ORDERS, TABLES[ORDERS])
    texts = [text.text for text in ET.fromstring(svg).iter("text")]
    assert texts == [
        "MySQL · tables", "erpdb", "products, orders", "PostgreSQL · tables", "shipdb", "shipments",
        "Flink job", "enriched-orders", "Iceberg table", ORDERS,
    ]  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_all_text_lies_within_a_box_and_all_boxes_within_the_picture(name: str) -> None:
    root = ET.fromstring(drawn(name, TABLES[name]))
    width, height = map(float, (root.attrib["viewBox"].split()[2:]))
    assert width == WIDTH
    boxes = [
        (x, y, x + w, y + h)
        for box in root.iter("rect")
        for x, y, w, h in [tuple(float(box.attrib[key]) for key in ("x", "y", "width", "height"))]
    ]
    assert all(x >= 0 and y >= 0 and right <= width and bottom <= height for x, y, right, bottom in boxes)
    for (_, _, _, bottom), (_, top, _, _) in itertools.pairwise(boxes):
        assert bottom < top
    for text in root.iter("text"):
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        # As wide as monospaced letters are, 0.602 em, and small ones at most.
        right = x + len(text.text or "") * 7.23
        assert [box for box in boxes if box[0] < x and right <= box[2] and box[1] < y - 9 and y + 3 < box[3]], text.text


def test_a_source_with_many_tables_names_the_first() -> None:
    texts = [text.text for text in ET.fromstring(drawn("d.t", LONG)).iter("text")]
    assert "…" in texts
    assert len(texts) < 20


def test_names_are_no_markup() -> None:
    strange: TableContract = table(job=MARKUP)
    root = ET.fromstring(drawn("d.t", strange))
    assert {element.tag for element in root.iter()} == {"svg", "rect", "text", "path"}
    assert re.sub(r"\s", "", MARKUP) in re.sub(r"\s", "", "".join(root.itertext()))
