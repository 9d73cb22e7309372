"""Blocks of a report drawn on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich import table as rich_table
from rich.console import Group, JustifyMethod, RenderableType
from rich.text import Text

from openloop.report.blocks import Block, Gap, Lines, Style, Table

_STYLES: dict[Style, str] = {"plain": "", "bold": "bold", "dim": "dim", "warning": "yellow"}


def draw(blocks: Iterable[Block]) -> RenderableType:
    """All blocks, one below the other."""
    return Group(*(drawn for block in blocks for drawn in _drawn(block)))


def _drawn(block: Block) -> list[RenderableType]:
    match block:
        case Gap():
            return [""]
        case Lines(lines, style):
            return [Text(line, _STYLES[style]) for line in lines]
        case Table():
            return [_table(block)]


def _table(block: Table) -> RenderableType:
    table = rich_table.Table(
        box=None, pad_edge=False, header_style="bold", caption=block.caption or None, caption_justify="left"
    )
    for column in block.columns:
        justify: JustifyMethod = "right" if column.right else "left"
        table.add_column(column.title, justify=justify, no_wrap=not column.folds)
    for row in block.rows:
        table.add_row(*(Text(cell, _STYLES[c.style]) for cell, c in zip(row, block.columns, strict=False)))
    return table
