"""A report as plain data: what every renderer (terminal, and whatever comes) draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Style = Literal["plain", "bold", "dim", "warning"]


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    right: bool = True
    """Aligned to the right, as numbers are."""
    folds: bool = False
    """Whether it may be broken over lines where there is little room."""
    style: Style = "plain"
    optional: bool = False
    """Whether it may be left out, and said so, where there is too little room for the whole table."""


@dataclass(frozen=True)
class Table:
    """Cells as text, row by row; an empty row is a gap."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    caption: str = ""


@dataclass(frozen=True)
class Lines:
    """Sentences, one after the other."""

    lines: Sequence[str]
    style: Style = "plain"


@dataclass(frozen=True)
class EmptyLine:
    """An empty line."""


Block = Table | Lines | EmptyLine
