"""A comment as a page, as much like GitHub's as tests need: its tables, alerts, folded parts and coloured differences.

GitHub Flavored Markdown is CommonMark with tables and strikethrough; alerts are GitHub's own (GitHub docs: "Basic
writing and formatting syntax", Alerts). `@` and `#` references, which need a repository, stay as they are.
"""

import re
from html import escape
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_STYLE = Path(__file__).parent / "rendered.css"
_ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]")


def rendered(comment: str) -> str:
    """The comment as HTML, without a page around it."""
    markdown = MarkdownIt("commonmark", {"highlight": _highlight}).enable(["table", "strikethrough"])
    markdown.core.ruler.before("inline", "alert", _alerts)
    return markdown.render(comment)


def page(comment: str) -> str:
    """A pull request's conversation with this comment alone."""
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Comment</title>'
        f"<style>{_STYLE.read_text()}</style>"
        '<article class="comment"><header><b>github-actions</b> <small>bot</small> commented</header>'
        f'<div class="body">{rendered(comment)}</div></article></html>\n'
    )


def _highlight(code: str, language: str, _: str) -> str:
    return "".join(map(_line_of_a_difference if language == "diff" else escape, code.splitlines(keepends=True)))


def _line_of_a_difference(line: str) -> str:
    kind = {"+": "more", "-": "less"}.get(line[0])
    return f'<span class="{kind}">{escape(line)}</span>' if kind else escape(line)


def _alerts(state: StateCore) -> None:
    """A quote whose first paragraph is `[!CAUTION]`, on a line by itself, is an alert with that title."""
    for quote, paragraph, text in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        found = _ALERT.fullmatch(text.content)
        if found and (quote.type, paragraph.type) == ("blockquote_open", "paragraph_open"):
            quote.attrJoin("class", f"alert {found[1].lower()}")
            text.content = found[1].capitalize()
