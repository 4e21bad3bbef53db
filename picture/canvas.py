"""Boxes, arrows and text as SVG, in colours for light and dark, with text that stays within its box."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["given", "compute", "lake", "access", "people", "watch", "plain"]
Point = tuple[float, float]

WIDTH = 1000
TITLE, INNER_TITLE, TEXT = 13, 12, 11
"""Sizes of letters."""
PADDING = 10
LINE = 15

_STYLE = """
  .paper { fill: #ffffff; stroke: #d0d7de }
  text { font-family: Helvetica, Arial, "Liberation Sans", sans-serif; fill: #1f2328 }
  .title { font-size: 13px; font-weight: bold }
  .inner-title { font-size: 12px; font-weight: bold }
  .text, .label { fill: #57606a; font-size: 11px }
  .heading { font-size: 15px; font-weight: bold }
  .box { stroke-width: 1.2 }
  .given { fill: #f6f8fa; stroke: #8c959f; stroke-dasharray: 5 3 }
  .plain { fill: #f6f8fa; stroke: #afb8c1 }
  .compute { fill: #eef5fd; stroke: #6aa5e0 }
  .lake { fill: #e9f7f4; stroke: #4fae9a }
  .access { fill: #f5f0fc; stroke: #a583d6 }
  .people { fill: #fdf5e6; stroke: #d6a23f }
  .watch { fill: #fdeff0; stroke: #d98086 }
  .inner { fill: #ffffff }
  .arrow { stroke: #57606a; stroke-width: 1.5; fill: none }
  .head { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #30363d }
    text { fill: #e6edf3 }
    .text, .label { fill: #9da7b3 }
    .given { fill: #161b22; stroke: #6e7681 }
    .plain { fill: #161b22; stroke: #484f58 }
    .compute { fill: #0f2135; stroke: #3b78b5 }
    .lake { fill: #0c2722; stroke: #35836f }
    .access { fill: #1f1730; stroke: #7d5fb0 }
    .people { fill: #2b2110; stroke: #a17a2c }
    .watch { fill: #2d1618; stroke: #a8565c }
    .inner { fill: #0d1117 }
    .arrow { stroke: #9da7b3 }
    .head { fill: #9da7b3 }
  }
"""


@dataclass(frozen=True)
class Box:
    """A rectangle on the canvas, with its text at the top."""

    x: float
    y: float
    width: float
    height: float

    @property
    def left(self) -> Point:
        return self.x, self.y + self.height / 2

    @property
    def right(self) -> Point:
        return self.x + self.width, self.y + self.height / 2

    @property
    def top(self) -> Point:
        return self.x + self.width / 2, self.y

    @property
    def bottom(self) -> Point:
        return self.x + self.width / 2, self.y + self.height

    def within(self, down: float) -> "Box":
        """All of this one from `down` below its upper edge."""
        return Box(self.x + PADDING, self.y + down, self.width - 2 * PADDING, self.height - down - PADDING)

    def row(self, count: int, *, down: float, height: float, gap: float = 8) -> list["Box"]:
        """`count` boxes of one width, side by side within this one, `down` below its upper edge."""
        width = (self.width - 2 * PADDING - (count - 1) * gap) / count
        return [Box(self.x + PADDING + index * (width + gap), self.y + down, width, height) for index in range(count)]


class Canvas:
    """Draws in the order of calls: what contains others comes first."""

    def __init__(self) -> None:
        self._shapes: list[ET.Element] = []
        self.components: set[str] = set()
        """The kinds of components that boxes stand for."""

    def box(
        self,
        at: Box,
        title: str,
        lines: Sequence[str] = (),
        *,
        tone: Tone,
        component: str | None = None,
        inner: bool = False,
        copies: bool = False,
    ) -> Box:
        """A box with its title and lines of text; `inner`: on the paper's ground, within a box of the same tone;
        `copies`: one of several."""
        for step in (8, 4) if copies else ():
            self._rectangle(Box(at.x + step, at.y + step, at.width, at.height), f"{tone} copy")
        box = self._rectangle(at, f"{tone} inner" if inner else tone)
        if component is not None:
            self.components.add(component)
            box.set("data-component", component)
        room = at.width - PADDING - 4
        size, kind = (INNER_TITLE, "inner-title") if inner else (TITLE, "title")
        self.text((at.x + PADDING, at.y + 18), fitted(title, room, size, bold=True), kind)
        for index, line in enumerate(lines):
            self.text((at.x + PADDING, at.y + 18 + LINE * (index + 1)), fitted(line, room, TEXT), "text")
        return at

    def text(self, at: Point, words: str, kind: str, *, anchor: str = "start") -> None:
        element = ET.Element("text", {"class": kind, "x": _number(at[0]), "y": _number(at[1])})
        if anchor != "start":
            element.set("text-anchor", anchor)
        element.text = words
        self._shapes.append(element)

    def arrow(self, *points: Point) -> None:
        """Along the points, with its head at the last."""
        path = "M" + " L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        self._shapes.append(ET.Element("path", {"class": "arrow", "d": path, "marker-end": "url(#head)"}))

    def rendered(self, height: float, *, description: str) -> str:
        """The whole SVG file."""
        size = {"viewBox": f"0 0 {WIDTH} {_number(height)}", "width": str(WIDTH), "height": _number(height)}
        root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "role": "img", **size})
        ET.SubElement(root, "title").text = description
        ET.SubElement(root, "style").text = _STYLE
        root.append(_arrow_head())
        paper = {"x": "0.5", "y": "0.5", "width": _number(WIDTH - 1), "height": _number(height - 1), "rx": "8"}
        ET.SubElement(root, "rect", {"class": "paper", **paper})
        root.extend(self._shapes)
        ET.indent(root)
        return ET.tostring(root, encoding="unicode") + "\n"

    def _rectangle(self, at: Box, kinds: str) -> ET.Element:
        place = {"x": at.x, "y": at.y, "width": at.width, "height": at.height, "rx": 6}
        element = ET.Element("rect", {"class": f"box {kinds}"})
        element.attrib.update({key: _number(value) for key, value in place.items()})
        self._shapes.append(element)
        return element


def fitted(words: str, width: float, size: float, *, bold: bool = False) -> str:
    """The words, cut short where there is no room for all of them."""
    if text_width(words, size, bold=bold) <= width:
        return words
    while words and text_width(f"{words}…", size, bold=bold) > width:
        words = words[:-1].rstrip(" ·,")
    return f"{words}…"


def text_width(words: str, size: float, *, bold: bool = False) -> float:
    """About as wide as Helvetica or Arial makes it, rather more than less."""
    return size * (1.06 if bold else 1) * sum(_em(letter) for letter in words)


def _em(letter: str) -> float:
    if letter in "iljtf.,:;'|·()[]/ ":
        return 0.29
    if letter in "mwMW@…":
        return 0.88
    return 0.7 if letter.isupper() else 0.555


def _arrow_head() -> ET.Element:
    definitions = ET.Element("defs")
    place = {"id": "head", "viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "7", "markerHeight": "7"}
    marker = ET.SubElement(definitions, "marker", {**place, "orient": "auto"})
    ET.SubElement(marker, "path", {"class": "head", "d": "M0 0 L8 4 L0 8 z"})
    return definitions


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
