"""Repetition: drop rows in which the model says the same again and again (nomad, §3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.measures.loops import TURNS, WORDS, loop
from openloop.records import Selection
from openloop.selection.base import from_reasons, written


@dataclass(frozen=True)
class Repetition:
    """See :func:`repetition`."""

    words: int
    turns: int
    version: ClassVar[str] = "2"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        return from_reasons(pool, [self._why(texts) for texts in written(pool)])

    def _why(self, texts: tuple[str, ...]) -> str:
        found = next(filter(None, (loop(text, self.words, self.turns) for text in texts)), "")
        return f"repeated_{found.replace(' ', '_')}" if found else ""


def repetition(*, words: int = WORDS, turns: int = TURNS) -> Repetition:
    """Drop rows in which the model wrote one word ``words`` times in a row or one phrase ``turns`` times, anywhere.

    Read is what the model wrote: the completion, and the prompt where it wrote that too. What counts as a loop is in
    :mod:`openloop.measures.loops`.
    """
    if words < 2 or turns < 2:
        raise InputError(f"repetition: words and turns must be at least 2, got {words} and {turns}.")
    return Repetition(words, turns)
