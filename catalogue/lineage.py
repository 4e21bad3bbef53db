"""Sources → job → table, as a picture that is as narrow as a phone and as a column beside the text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from markupsafe import Markup

from infra.outputs import SourceContract, TableContract
from infra.settings.sources import ENGINES

WIDTH = 300
_LETTERS = 37
"""Of a name that fit into a box: 7.2 units each, as most monospaced fonts have them at 12."""
_INDENT = 22
"""Of sources, whose way to the job runs along their left."""
_SPINE = 9
_LINE, _PADDING, _GAP = 16, 10, 14
_MOST_LINES = 5


@dataclass(frozen=True)
class _Box:
    """One of the picture's: a word of what it is, its name, and what more there is to say."""

    css: str
    kind: str
    name: Sequence[str]
    """In lines."""
    details: Sequence[str] = ()
    indent: int = 0

    @property
    def height(self) -> int:
        return _LINE * (1 + len(self.name) + len(self.details)) + _PADDING

    def drawn(self, top: int) -> Iterable[Markup]:
        yield Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="6"/>').format(
            self.css, self.indent + 0.5, top + 0.5, WIDTH - self.indent - 1, self.height
        )
        x, y = self.indent + _PADDING, top + 17
        yield Markup('<text class="kind" x="{}" y="{}">{}</text>').format(x, y, self.kind)
        for index, line in enumerate([*self.name, *self.details], start=1):
            css = Markup(' class="name"') if index <= len(self.name) else ""
            yield Markup('<text{} x="{}" y="{}">{}</text>').format(css, x, y + index * _LINE, line)


def described(name: str, table: TableContract) -> str:
    """The same in words, for whoever does not see the picture."""
    sources = [
        f"{each.source} ({ENGINES[each.engine]}: {', '.join(each.tables + each.topics)})" for each in table.sources
    ]
    read = f"reads {' and '.join(sources)}" if sources else "reads no source of the stack"
    return f"Lineage: the job {table.job} {read}, and writes {name}"


def drawn(name: str, table: TableContract) -> Markup:
    """The picture as SVG, in the colours of the page that it stands in."""
    sources = [_source(each) for each in table.sources]
    job = _Box("job", "Flink job", _lines(table.job))
    database, _, short = name.partition(".")
    to = _Box("table", "Iceberg table", [name] if len(name) <= _LETTERS else [*_lines(f"{database}."), *_lines(short)])
    shapes: list[Markup] = []
    top = 0
    starts: list[int] = []
    for source in sources:
        shapes += source.drawn(top)
        starts.append(top + source.height // 2)
        top += source.height + _GAP // 2
    if sources:
        top += _GAP
        ways = " ".join(f"M{_INDENT} {start}H{_SPINE}" for start in starts)
        shapes.append(Markup('<path d="{}M{} {}V{}"/>').format(ways, _SPINE, starts[0], top - 2))
        shapes.append(_head(top))
    shapes += job.drawn(top)
    top += job.height + 2 * _GAP
    shapes.append(Markup('<path d="M{} {}V{}"/>').format(_SPINE, top - 2 * _GAP + 1, top - 2))
    shapes.append(_head(top))
    shapes += to.drawn(top)
    return Markup('<svg class="lineage" role="img" viewBox="0 0 {} {}" aria-label="{}">\n{}\n</svg>').format(
        WIDTH, top + to.height + 1, described(name, table), Markup("\n").join(shapes)
    )


def _head(tip: int) -> Markup:
    return Markup('<path class="head" d="M{} {}l-4 -7h8z"/>').format(_SPINE, tip)


def _source(source: SourceContract) -> _Box:
    names = _lines(", ".join(source.tables + source.topics), _LETTERS - 3)
    if len(names) > _MOST_LINES:
        names = [*names[: _MOST_LINES - 1], "…"]
    what = "topics" if source.topics else "tables"
    return _Box("source", f"{ENGINES[source.engine]} · {what}", _lines(source.source, _LETTERS - 3), names, _INDENT)


def _lines(text: str, letters: int = _LETTERS) -> list[str]:
    return wrap(text, letters, break_on_hyphens=False)
