"""What the pages tell people to type works, and prints what the pages say.

A ``console`` block is run: lines that begin with ``$ openloop`` or ``$ python`` are commands, the others what they
print. ``...`` stands for any text; blanks and line breaks do not count. A ``python`` block that begins with the comment
``# FILE.py`` is written to that file first. Commands elsewhere are not run, but their verbs and options must exist.
"""

from __future__ import annotations

import re
import runpy
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from openloop.cli import app
from tests.docs.pages import PAGES, ROOT, blocks_of, name_of

Call = Callable[..., Any]
RUN = [page for page in PAGES if any(block.language == "console" for block in blocks_of(page))]
TASKS = ["audit-a-file", "read-files", "make-rows", "verify", "train", "evaluation", "extend", "understand"]


def commands(text: str) -> Iterator[tuple[list[str], str]]:
    """The words of each command of a console block, and what it is to print."""
    for part in re.split(r"^\$ (?=openloop |python )", text, flags=re.MULTILINE)[1:]:
        line, _, printed = part.partition("\n")
        yield shlex.split(line), printed


def says(out: str, expected: str) -> bool:
    """Whether an output is as expected, blanks aside, where ``...`` stands for anything."""
    pattern = r"(?:.*)".join(
        r"\s+".join(map(re.escape, part.split())) for part in re.split(r"(?<!\S)\.\.\.(?!\S)", expected)
    )
    pattern = re.sub(r"\(\?:\.\*\)", r"\\s*.*\\s*", pattern)
    return re.fullmatch(r"\s*" + pattern + r"\s*", out, re.DOTALL) is not None


@pytest.mark.parametrize(
    ("out", "expected", "same"),
    [
        ("a  b\nc", "a b c", True),
        ("a b c", "a ...", True),
        ("a b c", "...\nc", True),
        ("a b c d", "a ... c ...", True),
        ("a b c", "a b", False),
        ("a b c", "... b", False),
        ("a b", "b ... a", False),
        ("anything", "", False),
    ],
)
def test_outputs_are_compared_by_their_words(out: str, expected: str, same: bool) -> None:
    assert says(out, expected) is same


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_the_page_does_what_it_says(
    openloop: Call,
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    for block in blocks_of(page):
        file = re.match(r"# (\S+\.py)\n", block.text)
        if block.language == "python" and file:
            Path(file[1]).write_text(block.text, encoding="utf-8")
        if block.language != "console":
            continue
        for words, expected in commands(block.text):
            if words[0] == "python":
                runpy.run_path(words[1], run_name="__main__")
                out = capsys.readouterr().out
            else:
                said = openloop(*words[1:])
                assert said.code == 0, said.err
                out = said.out
            if expected.strip():
                assert says(out, expected), f"{shlex.join(words)} printed\n{out}\nand not\n{expected}"


@pytest.mark.parametrize("name", TASKS)
def test_a_page_about_a_task_begins_with_code(name: str) -> None:
    text = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
    assert text.index("```") < 500
    assert "$ openloop" in text


def typed(page: Path) -> list[str]:
    """The command lines of a page's code, or of a recipe's comments."""
    if page.suffix == ".yaml":
        return re.findall(r"^# +(openloop .+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    indented = re.findall(r"^    (openloop .+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    fenced = "".join(block.text for block in blocks_of(page))
    return indented + re.findall(r"^(?:\$ )?(openloop .+)$", fenced, re.MULTILINE)


@pytest.mark.parametrize("page", [*PAGES, *sorted((ROOT / "examples").rglob("recipe.yaml"))], ids=name_of)
def test_verbs_and_options_on_the_page_exist(page: Path) -> None:
    root = typer.main.get_command(app)
    for line in typed(page):
        command: click.Command = root
        for word in shlex.split(re.split(r" #|  +", line)[0])[1:]:
            if word in getattr(command, "commands", {}):
                command = command.commands[word]  # type: ignore[attr-defined]
            elif word.startswith("--"):
                known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
                assert word.partition("=")[0] in known | {"--help"}, line
        assert command is not root, line


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_python_and_yaml_on_the_page_can_be_read(page: Path) -> None:
    for block in blocks_of(page):
        if block.language == "python" and ">>>" not in block.text:
            compile(block.text, name_of(page), "exec")
        if block.language == "yaml":
            assert isinstance(yaml.safe_load(block.text), dict)
