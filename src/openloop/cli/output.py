"""How a verb prints what it has: as JSON, as lines of text, or as a table."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from typing import Any

import typer

PLAIN_WIDTH = 130
"""Characters a line where the output is not a terminal."""
NARROW = 80
"""The same for what has to be read at a glance."""


def print_json(value: Any) -> None:
    """Print a value as indented JSON; what JSON or UTF-8 cannot hold is printed as text."""
    text = json.dumps(_finite(value), indent=1, ensure_ascii=False, default=str)
    typer.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def _finite(value: Any) -> Any:
    """With null for NaN and infinities, which JSON has no numbers for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(held) for key, held in value.items()}
    return [_finite(held) for held in value] if isinstance(value, list | tuple) else value


def print_result(result: Mapping[str, Any], as_json: bool, text: str | None = None) -> None:
    """Print a result as JSON, or as ``text``, or as one ``key: value`` line each; empty lists are left out."""
    if as_json:
        print_json(result)
        return
    lines = {key: "; ".join(map(str, value)) if isinstance(value, list) else value for key, value in result.items()}
    typer.echo(text or "\n".join(f"{key}: {value}" for key, value in lines.items() if value != ""))


def _at_most(width: int) -> int:
    """The width, or the narrower one that COLUMNS names."""
    columns = os.environ.get("COLUMNS", "")
    return min(width, int(columns)) if columns.isdecimal() and int(columns) > 0 else width


def print_table(renderable: Any, width: int = PLAIN_WIDTH) -> None:
    """Print something that rich renders, as wide as the terminal; where there is none ``width``, or COLUMNS if less.

    Lines that are longer are left whole: commands, which are to be copied.
    """
    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else _at_most(width)).print(renderable, crop=False)
