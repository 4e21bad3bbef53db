"""The documentation: links lead somewhere, and what it names of the program is there."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from sandbox.cloud import DeclaredOnly
from sandbox.program import Program, run_program
from tests.declared import PROJECT

_FENCED = re.compile(r"^(```+).*?^\1`*\s*?$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(`+)(?:(?!\1).)+\1", re.DOTALL)
_LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_URN = re.compile(r"urn:pulumi:[^'\s]+")

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "jobs/*/*.md", "images/*/*.md", "bench/*.md", "lakehouse/*.md")
    for path in PROJECT.glob(pattern)
)


def shown(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


@cache
def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return _FENCED.sub("", page.read_text())


@cache
def anchors(page: Path) -> set[str]:
    """What GitHub calls the page's headings."""
    found: set[str] = set()
    times = Counter[str]()
    for heading in _HEADING.findall(prose(page)):
        words = _LINK.sub(lambda link: link[0].partition("[")[2].rpartition("](")[0], heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(f"{slug}-{times[slug]}" if times[slug] else slug)
        times[slug] += 1
    return found


def broken(page: Path) -> list[str]:
    """The page's links that lead nowhere in the project; those to the internet are not followed."""
    found: list[str] = []
    for link in _LINK.findall(_INLINE.sub("code", prose(page))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            found.append(link)
    return found


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    assert not broken(page)


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# It's `this`: one\n\n## Twice\n\n## Twice\n\n```\n# not a heading\n```\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[there](other.md) [its heading](other.md#its-this-one) [second](other.md#twice-1) `[code](nowhere.md)`\n"
        "[away](https://example.com/nowhere.md) [gone](gone.md) [no heading](other.md#not-a-heading)\n"
        "![picture](no.svg) [over two\nlines](lost.md) [own](#none)\n"
    )
    assert broken(page) == ["gone.md", "other.md#not-a-heading", "no.svg", "lost.md", "#none"]


def test_every_page_stands_in_the_index() -> None:
    index = prose(PROJECT / "docs" / "README.md")
    pages = [path.name for path in (PROJECT / "docs").glob("*.md") if path.name != "README.md"]
    assert len(pages) > 10
    assert not [name for name in pages if f"]({name})" not in index]
    decisions = prose(PROJECT / "docs" / "adr" / "README.md")
    assert not [path.name for path in (PROJECT / "docs" / "adr").glob("0*.md") if f"]({path.name})" not in decisions]


@cache
def production() -> Program:
    return run_program(PROJECT, "prod", DeclaredOnly("eu-west-1"))


def test_every_resource_that_a_page_names_is_one_of_the_stack() -> None:
    named = {urn for page in PAGES for urn in _URN.findall(page.read_text())}
    assert len(named) >= 3
    assert not named - production().waits.keys()


def test_the_runbook_lets_go_of_all_that_stands_in_the_way_of_its_destroy() -> None:
    """`pulumi destroy --target` of jobs and compute stops at the first protected resource among them."""
    runbook = (PROJECT / "docs" / "runbook.md").read_text()
    command = runbook[runbook.index("### Keep the data") :]
    let_go = set(_URN.findall(command[: command.index("pulumi destroy")]))
    targets = re.findall(r"--target '\*\*(\S+?)\*\*'", command)
    assert targets
    in_the_way = {
        each.urn for each in production().resources if each.protect and any(target in each.urn for target in targets)
    }
    assert let_go == in_the_way


@pytest.mark.parametrize("name", ["runbook.md", "jobs.md", "contract.md", "consumers.md"])
def test_the_names_of_the_example_are_those_of_the_production_stack(name: str) -> None:
    text = (PROJECT / "docs" / name).read_text()
    tables = production().outputs["contract"]["tables"]
    assert all(table in tables for table in re.findall(r"\biceberg_\w+\.\w+", text))
    (deployment,) = production().of_kind("FlinkDeployment")
    (container,) = deployment.inputs["spec"]["podTemplate"]["spec"]["containers"]
    slots = {entry["value"] for entry in container["env"] if "_SLOT_" in entry["name"]}
    assert set(re.findall(r"pg_drop_replication_slot\('(\w+)'\)", text)) <= slots
