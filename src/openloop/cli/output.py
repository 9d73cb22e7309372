"""How a verb prints what it has: as JSON, as lines of text, or as a table."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import typer

PLAIN_WIDTH = 130
"""Characters a line where the output is not a terminal."""


def print_json(value: Any) -> None:
    """Print a value as indented JSON; what JSON or UTF-8 cannot hold is printed as text."""
    text = json.dumps(value, indent=1, ensure_ascii=False, default=str)
    typer.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def print_result(result: Mapping[str, Any], as_json: bool, text: str | None = None) -> None:
    """Print a result as JSON, or as ``text``, or as one ``key: value`` line each; empty lists are left out."""
    if as_json:
        print_json(result)
        return
    lines = {key: "; ".join(map(str, value)) if isinstance(value, list) else value for key, value in result.items()}
    typer.echo(text or "\n".join(f"{key}: {value}" for key, value in lines.items() if value != ""))


def print_table(renderable: Any, width: int = PLAIN_WIDTH) -> None:
    """Print something that rich renders, as wide as the terminal; ``width`` characters where there is none."""
    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else width).print(renderable)
