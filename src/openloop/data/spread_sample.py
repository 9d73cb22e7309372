"""Some rows of a file that is read once, spread evenly over all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MOST = 5_000
"""Rows that are kept."""


class SpreadSample:
    """Takes in blocks of rows with :meth:`add`; ``rows`` are every one of them, or every 2nd, 4th, 8th, ... one."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.rows: list[Mapping[str, Any]] = []
        self.stride = 1
        self.n = 0

    def add(self, block: Sequence[Mapping[str, Any]]) -> None:
        """Take in some rows, in order."""
        self.rows += block[-self.n % self.stride :: self.stride]
        self.n += len(block)
        while len(self.rows) > self.most:
            self.rows = self.rows[::2]
            self.stride *= 2

    @property
    def said(self) -> str:
        """Where rows are left out: what it means for what is told from them."""
        return f"what the columns hold is told from {len(self.rows):,} rows, spread evenly over the file"

    @property
    def partial(self) -> bool:
        """Whether rows are left out."""
        return self.stride > 1
