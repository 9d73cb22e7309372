"""Repetition: drop completions that say the same again and again (nomad, §3)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.records import Selection
from openloop.selection.base import from_reasons


@dataclass(frozen=True)
class Repetition:
    """See :func:`repetition`."""

    words: int
    tail: int
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        return from_reasons(pool, [self._why(text) for text in pool.column("text.completion")])

    def _why(self, text: str) -> str:
        words = text.casefold().split()
        run = 1
        for before, word in pairwise(words):
            run = run + 1 if word == before else 1
            if run >= self.words:
                return "repeated_word"
        # A tail that repeats: the last n words occur so often in a row at the end.
        for n in range(2, len(words) // self.tail + 1):
            last = words[-n:]
            if all(words[-n * (i + 1) : len(words) - n * i] == last for i in range(1, self.tail)):
                return "repeated_tail"
        return ""


def repetition(*, words: int = 4, tail: int = 3) -> Repetition:
    """Drop completions that repeat one word ``words`` times in a row, or end by repeating the same phrase ``tail``
    times."""
    if words < 2 or tail < 2:
        raise InputError(f"repetition: words and tail must be at least 2, got {words} and {tail}.")
    return Repetition(words, tail)
