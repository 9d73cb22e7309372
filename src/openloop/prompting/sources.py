"""Prompts that a maker makes, as a source: its fingerprint is known before they are made."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from openloop.data import prompts
from openloop.data.prompt_sources import as_rows
from openloop.identity import fingerprint

if TYPE_CHECKING:
    from openloop.contracts import Maker
    from openloop.data.prompt_sources import RowSource
    from openloop.records import Prompt


@runtime_checkable
class AsksForItems(Protocol):
    """A maker whose prompts each ask for ``new`` items."""

    @property
    def new(self) -> int: ...


@dataclass(frozen=True)
class Made:
    """Prompts ``start`` to ``start + count`` that a maker makes of real rows under a seed."""

    maker: Maker
    source: RowSource | None
    seed: int
    start: int
    count: int

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(["made", self.maker, self.source, self.seed, self.start, self.count])

    @property
    def items_each(self) -> int:
        return self.maker.new if isinstance(self.maker, AsksForItems) else 1

    def load(self) -> list[Prompt]:
        loaded = None if self.source is None else self.source.load()
        rows = [] if loaded is None else loaded.rows
        ids = [] if loaded is None else [prompt.id for prompt in prompts(loaded)]
        return self.maker.make(rows, ids, self.seed, self.start, self.count)


def made(maker: Maker, rows: Any = None, *, count: int | None = None, seed: int = 0, start: int = 0) -> Made:
    """Prompts of a maker over ``rows`` (texts, rows with a ``prompt``, ``openloop.read(file)``) for ``Run.sample``."""
    source = None if rows is None else as_rows(rows)
    if count is None:
        count = maker.count(0 if source is None else len(source.load()))
    return Made(maker, source, seed, start, count)
