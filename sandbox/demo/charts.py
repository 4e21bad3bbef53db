# pyright: reportUnknownMemberType=false
# (matplotlib leaves its keyword arguments untyped)
"""The report's pictures, as SVG for the inside of an HTML page: text as text, colours from the page's style sheet."""

import io
import re
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Stand-ins for the page's own colours, so that one picture serves the light and the dark look.
_COLOURS = {
    "#010101": "var(--text)",
    "#020202": "var(--muted)",
    "#030303": "var(--line)",
    "#040404": "var(--series)",
    "#050505": "var(--limit)",
    "#060606": "var(--percentile)",
}
_TEXT, _MUTED, _LINE, _SERIES, _LIMIT, _PERCENTILE = _COLOURS

_SIZE_INCHES = (8.6, 3.4)


def freshness_chart(
    samples: Sequence[tuple[float, float]], *, p95: float | None, objective: float, start: float, title: str
) -> str:
    """A dot for each change: when it was committed (seconds after `start`), and after how many seconds it was visible.

    `samples` are pairs of seconds since the epoch and seconds; `p95` and `objective` are drawn as lines.
    """
    with _picture(title) as (figure, axes):
        # Segments of no length with round ends: one path for all dots, where markers would take an element each.
        xs = [x for committed, _ in samples for x in (committed - start, committed - start, float("nan"))]
        ys = [y for _, seconds in samples for y in (seconds, seconds, float("nan"))]
        axes.plot(xs, ys, color=_SERIES, linewidth=3.6, alpha=0.75, solid_capstyle="round")
        _limit(axes, objective, f"objective\n{objective:g} s", _LIMIT, "--", above=p95 is None or objective >= p95)
        if p95 is not None:
            _limit(axes, p95, f"p95\n{p95:.2f} s", _PERCENTILE, "-", above=p95 > objective)
        top = max([objective, *(seconds for _, seconds in samples)])
        axes.set_ylim(0, top * 1.15)
        axes.set_xlabel("seconds since the first change")
        axes.set_ylabel("seconds until visible")
        return _svg(figure, title)


def rows_chart(points: Sequence[tuple[float, int]], *, start: float, title: str) -> str:
    """The table's rows after each commit, as steps; `points` are pairs of seconds since the epoch and rows."""
    with _picture(title) as (figure, axes):
        axes.step(
            [seen - start for seen, _ in points], [rows for _, rows in points], where="post", color=_SERIES, linewidth=2
        )
        axes.set_ylim(0, max([1, *(rows for _, rows in points)]) * 1.15)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel("seconds since the first commit")
        axes.set_ylabel("rows in the lake")
        return _svg(figure, title)


@contextmanager
def _picture(name: str) -> Generator[tuple[Figure, Axes]]:
    """A figure without pyplot, which keeps global state and may want a display."""
    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,  # Ids that are the same at each run and differ between the pictures of one page.
        "path.simplify": False,
        "font.size": 11,
        "text.color": _TEXT,
        "axes.labelcolor": _MUTED,
        "axes.edgecolor": _LINE,
        "xtick.color": _MUTED,
        "ytick.color": _MUTED,
        "grid.color": _LINE,
    }
    with matplotlib.rc_context(style):
        figure = Figure(figsize=_SIZE_INCHES, layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        axes.grid(axis="y", linewidth=0.8)
        axes.set_axisbelow(True)
        for side in ("top", "right", "left"):
            axes.spines[side].set_visible(False)
        axes.tick_params(length=0)
        axes.margins(x=0.01)
        yield figure, axes


def _limit(axes: Axes, seconds: float, label: str, colour: str, style: str, *, above: bool) -> None:
    """A line across, its label beside the plot: above the line's height or below, as two lines may be close."""
    axes.axhline(seconds, color=colour, linewidth=1.6, linestyle=style)
    axes.annotate(
        label,
        xy=(1, seconds),
        xycoords=("axes fraction", "data"),
        xytext=(8, 1 if above else -1),
        textcoords="offset points",
        ha="left",
        va="bottom" if above else "top",
        color=colour,
        fontweight="bold",
        annotation_clip=False,
    )


def _svg(figure: Figure, title: str) -> str:
    """The figure as an <svg> element that refers to nothing outside and is announced by its title."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    svg = buffer.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r' xmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href")
    svg = re.sub(r"<style.*?</style>", "", svg, flags=re.DOTALL)  # It would apply to the whole page.
    svg = re.sub(r"font-family: [^;\"]*", "font-family: inherit", svg)
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg)
    # Names such as "axes_1" would stand twice in a page with two pictures; only what is referred to needs one.
    svg = re.sub(r' id="([^"]*)"', lambda found: found.group() if f"#{found.group(1)}" in svg else "", svg)
    for stand_in, colour in _COLOURS.items():
        svg = svg.replace(stand_in, colour)
    return svg.replace("<svg", f'<svg role="img" aria-label="{title}"', 1)
