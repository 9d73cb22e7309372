"""What makes prompts of real rows, and what reads rows out of replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from openloop.records import Candidate, Item, Prompt, Row


@runtime_checkable
class Parser(Protocol):
    """Reads items out of a completion that holds many: a list of tasks, a conversation."""

    def parse(self, candidate: Candidate) -> Sequence[Item]:
        """Every item that stands there, in order, broken ones with their reason. A pure function."""
        ...


@runtime_checkable
class Maker(Protocol):
    """Makes prompts of real rows (reverse-bottleneck, §3.2: p = E(task, condition, demos))."""

    def count(self, rows: int) -> int:
        """How many prompts make one batch where nobody says, for so many rows."""
        ...

    def make(self, rows: Sequence[Row], ids: Sequence[str], seed: int, start: int, count: int) -> list[Prompt]:
        """Prompts ``start`` to ``start + count`` of an endless sequence that ``seed`` names.

        ``rows`` hold a ``prompt`` and perhaps a ``completion``; ``ids`` name them, shape [N].
        """
        ...
