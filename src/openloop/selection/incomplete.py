"""Incomplete: drop completions that were cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import PoolView
from openloop.records import Selection
from openloop.selection.base import from_reasons

ENDS = ".!?…。！？)]}\"'”’`:;*"


@dataclass(frozen=True)
class Incomplete:
    """See :func:`incomplete`."""

    punctuation: bool
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        rows = zip(pool.column("finish"), pool.column("text.completion"), strict=True)
        return from_reasons(pool, [self._why(finish, text) for finish, text in rows])

    def _why(self, finish: str, text: str) -> str:
        if finish == "length":
            return "cut_by_length"
        text = text.rstrip()
        if not text:
            return "empty"
        open_fence = text.count("```") % 2 == 1
        if open_fence or (self.punctuation and text[-1] not in ENDS):
            return "no_end"
        return ""


def incomplete(*, punctuation: bool = False) -> Incomplete:
    """Drop completions that are empty, cut by length, or leave a code fence open; with ``punctuation`` also those that
    do not end in a full stop (or the like), a closing bracket or a quote."""
    return Incomplete(punctuation)
