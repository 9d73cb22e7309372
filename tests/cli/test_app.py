"""The command line as a whole: every verb explains itself, and a wrong command is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click
import pytest
import typer

import openloop as library
from openloop.cli import app
from openloop.recipe.starter import TEMPLATES

Call = Callable[..., Any]


ROOT = typer.main.get_command(app)
WITHOUT_JSON = {(), ("simulate",), ("sandbox",)}


def every_command(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of a command and of all below it."""
    inner = getattr(command, "commands", {}).items()
    return [words, *(found for name, below in inner for found in every_command(below, (*words, name)))]


def test_the_version_and_what_the_package_holds(openloop: Call) -> None:
    said = openloop("--version")
    assert (said.code, said.out) == (0, f"openloop {library.__version__}\n")
    assert set(dir(library)) == {*library.__all__, "__version__"}


@pytest.mark.parametrize("words", every_command(ROOT), ids=lambda words: " ".join(words) or "openloop")
def test_every_command_explains_itself_in_80_columns(
    openloop: Call, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = openloop(*words, "--help")
    assert said.code == 0
    assert "Usage" in said.out
    assert ("--json" in said.out) is (words not in WITHOUT_JSON)
    assert max(len(line) for line in said.out.splitlines()) <= 80
    assert not re.findall(r"<\w+>(?=  )", said.out.partition("Options:")[2]), "an option without a name for its value"


@pytest.mark.parametrize("words", [(), ("simulate",)])
def test_no_command_is_cut_off_in_the_list_of_commands(openloop: Call, words: tuple[str, ...]) -> None:
    assert "..." not in openloop(*words, "--help").out.partition("Commands:")[2]


def test_the_help_of_init_describes_every_template(openloop: Call) -> None:
    said = openloop("init", "--help").out
    for name, shows in TEMPLATES.items():
        assert re.search(rf"^  {name} +{re.escape(shows)}$", said, re.MULTILINE), name


@pytest.mark.parametrize("words", [["rnu"], ["run"], ["run", "a", "b"], ["show", "--jsno", "."], ["export", "."]])
def test_a_wrong_command_is_usage_and_exit_code_2(openloop: Call, words: list[str]) -> None:
    said = openloop(*words)
    assert said.code == 2
    assert "Usage" in said.err
