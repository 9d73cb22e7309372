"""Write docs/reference/cli.md from the commands' own help, or check that it is current (--check)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import typer

from openloop.cli import app

TARGET = Path(__file__).parent / "reference" / "cli.md"
INTRODUCTION = "# Command line\n\nGenerated from the commands' own help by `make docs`; do not edit."


def commands(command: click.Command, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command below this one, in the order of the help."""
    found = []
    for name, inner in getattr(command, "commands", {}).items():
        found += [(*words, name), *commands(inner, (*words, name))]
    return found


def help_of(*words: str) -> str:
    """What a command prints for --help, 80 columns wide."""
    command = [sys.executable, "-m", "openloop", *words, "--help"]
    environment = os.environ | {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.strip()


def document() -> str:
    """The whole page."""
    parts = [INTRODUCTION, fenced(help_of())]
    for words in commands(typer.main.get_command(app)):
        parts += [f"## openloop {' '.join(words)}", fenced(help_of(*words))]
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    """Text as a code block."""
    return f"```text\n{text}\n```"


if __name__ == "__main__":
    text = document()
    if "--check" not in sys.argv:
        TARGET.write_text(text, encoding="utf-8")
    elif not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        sys.exit(f"{TARGET} is out of date: run `make docs`")
