"""Blocks of a report drawn on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import table as rich_table
from rich.console import Console, ConsoleOptions, Group, JustifyMethod, RenderableType, RenderResult
from rich.measure import Measurement
from rich.text import Text

from openloop.report.blocks import Block, EmptyLine, Lines, Style, Table

WIDEST = 10_000
"""Characters: wider than any table is."""
_STYLES: dict[Style, str] = {"plain": "", "bold": "bold", "dim": "dim", "warning": "yellow"}


def draw(blocks: Iterable[Block]) -> RenderableType:
    """All blocks, one below the other."""
    return Group(*(drawn for block in blocks for drawn in _drawn(block)))


def _drawn(block: Block) -> list[RenderableType]:
    match block:
        case EmptyLine():
            return [""]
        case Lines(lines, style):
            return [Text(line, _STYLES[style]) for line in lines]
        case Table():
            return [FittedTable(block)]


@dataclass(frozen=True)
class FittedTable:
    """A table that leaves out optional columns, the last ones first, until it fits the width there is."""

    block: Table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = list(range(len(self.block.columns)))
        left_out: list[str] = []
        table = _table(self.block, columns)
        while Measurement.get(console, options.update(width=WIDEST), table).maximum > options.max_width:
            place = next((i for i in reversed(columns) if self.block.columns[i].optional), None)
            if place is None:
                break
            columns.remove(place)
            left_out.insert(0, self.block.columns[place].title)
            table = _table(self.block, columns)
        yield table
        if self.block.caption:
            yield Text(self.block.caption, "italic")
        if left_out:
            yield Text(f"left out for lack of room: {', '.join(left_out)}", "dim")


def _table(block: Table, columns: Sequence[int]) -> rich_table.Table:
    """The table with some of its columns."""
    chosen = [block.columns[place] for place in columns]
    titled = any(column.title for column in chosen)
    table = rich_table.Table(box=None, pad_edge=False, header_style="bold", show_header=titled)
    for column in chosen:
        justify: JustifyMethod = "right" if column.right else "left"
        table.add_column(column.title, justify=justify, no_wrap=not column.folds, overflow="fold")
    for row in block.rows:
        cells = [row[place] if place < len(row) else "" for place in columns]
        table.add_row(*(Text(cell, _STYLES[c.style]) for cell, c in zip(cells, chosen, strict=True)))
    return table
