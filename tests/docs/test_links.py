"""Links lead somewhere, and lines fit a terminal beside code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name_of, prose_of

WIDTH = 100
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MENTION = re.compile(r"\bdocs/[\w./-]+\.(?:md|csv)\b")


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links that name no file beside the page, or no heading in it."""
    broken = []
    for link in LINK.findall(text):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


def anchors(page: Path) -> set[str]:
    """Headings as links name them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_resolves(page: Path) -> None:
    assert not broken_links(page, page.read_text(encoding="utf-8"))


def test_a_dead_link_is_found() -> None:
    page = ROOT / "README.md"
    assert broken_links(page, "[a](docs/index.md) [b](docs/no.md) [c](docs/index.md#no) [d](https://x.org)") == [
        "docs/no.md",
        "docs/index.md#no",
    ]


@pytest.mark.parametrize("folder", ["src", "tests", "examples", "benchmarks"])
def test_pages_that_the_code_names_exist(folder: str) -> None:
    named = {
        (str(path.relative_to(ROOT)), page)
        for path in (ROOT / folder).rglob("*.py")
        if path.parent != Path(__file__).parent
        for page in MENTION.findall(path.read_text(encoding="utf-8"))
    }
    assert [pair for pair in sorted(named) if not (ROOT / pair[1]).exists()] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        seen.add(page)
        for link in LINK.findall(page.read_text(encoding="utf-8")):
            target = (page.parent / link.partition("#")[0]).resolve()
            inside = sorted(target.glob("*.md")) if target.is_dir() else [target]
            todo += [path for path in inside if path.suffix == ".md" and path.exists() and path not in seen]
    assert set(PAGES) <= seen


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_lines_of_prose_end_at_100(page: Path) -> None:
    assert [f"{number}: {len(line)}" for number, line in prose_of(page) if len(line) > WIDTH] == []
