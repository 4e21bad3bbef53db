"""The picture of the platform: up to date, whole, and readable."""

import re
import shutil
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
import yaml

from picture.__main__ import FILE, STACK, rendered
from picture.architecture import draw
from picture.canvas import INNER_TITLE, TEXT, TITLE, WIDTH, fitted, text_width
from picture.parts import COMPONENT, Parts, listed, parts_of, words
from tests.declared import PROJECT, copied

SVG = "{http://www.w3.org/2000/svg}"


@cache
def parts() -> Parts:
    return parts_of(PROJECT, STACK)


@cache
def picture() -> str:
    return draw(parts())


def test_the_committed_picture_is_the_one_of_the_program() -> None:
    assert FILE.read_text() == rendered(), "run 'make docs'"


def test_every_kind_of_component_has_a_box() -> None:
    drawn = {box.get("data-component") for box in ET.fromstring(picture()).iter(f"{SVG}rect")}
    declared = {
        urn.split("::")[2].rpartition("$")[2] for urn in parts().program.waits if COMPONENT in urn.split("::")[2]
    }
    assert len(declared) > 20
    assert {f"{COMPONENT}{kind}" for kind in drawn if kind} == {kind for kind in declared if COMPONENT in kind}


def test_a_component_without_a_place_of_its_own_stands_at_the_bottom() -> None:
    urn = f"urn:pulumi:{STACK}::flink-lakehouse::{COMPONENT}TimeMachine::back"
    more = replace(parts(), program=replace(parts().program, waits={**parts().program.waits, urn: frozenset()}))
    texts = [text.text for text in ET.fromstring(draw(more)).iter(f"{SVG}text")]
    assert {"Time machine", "back"} <= set(texts)
    assert "Time machine" not in picture()
    check_layout(draw(more))


def test_a_component_that_a_stack_does_without_has_no_box() -> None:
    drawn = ET.fromstring(draw(parts_of(PROJECT, "sandbox"))).iter(f"{SVG}rect")
    kinds = {box.get("data-component") for box in drawn}
    assert "FlinkJob" in kinds
    assert not kinds & {"Network", "Cluster", "CertManager"}


def test_a_stack_with_kafka_of_its_own_shows_it(tmp_path: Path) -> None:
    project = copied(tmp_path)
    stack = project / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load(stack.read_text())
    (settings,) = document["config"].values()
    settings["streams"] = {"topics": {"weborders": {}, "returns": {}}}
    settings["sources"]["shop"] = {"engine": "kafka", "registry": "https://registry.example.com"}
    stack.write_text(yaml.safe_dump(document))
    drawn = draw(parts_of(project, STACK))
    texts = [text.text for text in ET.fromstring(drawn).iter(f"{SVG}text")]
    assert {"Streams", "Kafka on Amazon MSK", "2 topics", "shop: Kafka"} <= set(texts)
    assert "Streams" not in picture()
    check_layout(drawn)


def test_text_stays_within_its_box_and_clear_of_all_others() -> None:
    check_layout(picture())


def test_many_jobs_and_long_names_change_nothing_about_that(tmp_path: Path) -> None:
    project = copied(tmp_path)
    for index in range(6):
        job = project / "jobs" / f"{'another-job-with-quite-a-long-name' * 2}"[:44].rstrip("-")
        job = job.with_name(f"{job.name[:-1]}{index}")
        shutil.copytree(project / "jobs" / "enriched-orders", job)
        for file in ("job.yaml", "job.sql"):
            text = (job / file).read_text().replace("enriched_orders_lake", f"another_{index}")
            (job / file).write_text(text)
    stack = project / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load(stack.read_text())
    (settings,) = document["config"].values()
    settings["sources"] |= {
        f"source-with-a-very-long-name-{index}": {"engine": "postgres", "secret": "s", "database": "d"}
        for index in range(9)
    }
    settings["teams"] |= {f"team-with-a-very-long-name-{index}": {} for index in range(9)}
    settings["databases"] |= {f"d{index}": {"name": f"{'a_database_' * 10}{index}"} for index in range(4)}
    stack.write_text(yaml.safe_dump(document))
    drawn = draw(parts_of(project, STACK))
    assert "7 more" not in picture()
    assert "more" in drawn
    check_layout(drawn)


def test_every_colour_has_its_counterpart_for_a_dark_page() -> None:
    root = ET.fromstring(picture())
    style = next(root.iter(f"{SVG}style")).text or ""
    light, _, dark = style.partition("prefers-color-scheme: dark")
    used = {name for shape in root.iter() for name in (shape.get("class") or "").split()}
    coloured = used & colours(light)
    assert {"paper", "compute", "lake", "access", "people", "given", "inner", "arrow", "head"} <= coloured
    assert coloured == used & colours(dark)
    assert "text { fill:" in dark


def colours(style: str) -> set[str]:
    """The classes that a part of the style sheet gives a colour."""
    return {
        name for rule in re.findall(r"([^{}]+){ (?:fill|stroke): #", style) for name in re.findall(r"\.(\w+)", rule)
    }


def test_it_is_as_wide_as_a_readme() -> None:
    root = ET.fromstring(picture())
    assert root.get("width") == str(WIDTH) == "1000"
    assert root.get("viewBox") == f"0 0 1000 {root.get('height')}"
    assert root.findtext(f"{SVG}title")


@dataclass(frozen=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float

    def contains(self, other: "Area") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def meets(self, other: "Area") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def check_layout(svg: str) -> None:
    root = ET.fromstring(svg)
    boxes = [
        Area(x, y, x + width, y + height)
        for box in root.iter(f"{SVG}rect")
        # What lies under another box of the same job.
        if "copy" not in (box.get("class") or "").split()
        for x, y, width, height in [tuple(float(box.attrib[key]) for key in ("x", "y", "width", "height"))]
    ]
    texts = [(text.text or "", _area(text)) for text in root.iter(f"{SVG}text")]
    assert len(texts) > 40
    for words_, area in texts:
        assert words_
        cut = [box for box in boxes if box.meets(area) and not box.contains(area)]
        assert not cut, f"'{words_}' crosses the edge of a box"
        assert boxes[0].contains(area), f"'{words_}' is not on the paper"
    for index, (words_, area) in enumerate(texts):
        for other, elsewhere in texts[index + 1 :]:
            assert not area.meets(elsewhere), f"'{words_}' and '{other}' lie upon each other"
    for index, box in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert not box.meets(other) or box.contains(other), f"{box} and {other} overlap"


def _area(text: ET.Element) -> Area:
    kind = text.get("class")
    size = {"heading": 15, "title": TITLE, "inner-title": INNER_TITLE}.get(kind or "", TEXT)
    width = text_width(text.text or "", size, bold=size > TEXT)
    x, y = float(text.attrib["x"]), float(text.attrib["y"])
    left = x - width if text.get("text-anchor") == "end" else x
    return Area(left, y - 0.75 * size, left + width, y + 0.25 * size)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("NodePools", "Node pools"),
        ("FlinkJob", "Flink job"),
        ("VPCEndpoint", "VPC endpoint"),
        ("Lake", "Lake"),
    ],
)
def test_a_class_is_called_by_its_words(kind: str, said: str) -> None:
    assert words(kind) == said


def test_counts_say_how_many_and_leave_out_what_there_is_none_of() -> None:
    assert parts().counted("Network", "Vpc", "NatGateway", "Instance") == "VPC · 3 NAT gateways"
    assert parts().counted("FlinkImage", "Repository") == "2 ECR repositories"


def test_what_is_too_long_is_cut() -> None:
    assert fitted("short", 100, TEXT) == "short"
    cut = fitted("one word after the other", 60, TEXT)
    assert cut.endswith("…")
    assert text_width(cut, TEXT) <= 60
    assert listed("abcd", 3) == ["a", "b", "2 more"]
    assert listed("abc", 3) == ["a", "b", "c"]
