"""Band: keep prompts that are neither too hard nor too easy, by the share of their rows that a signal accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.records import Selection
from openloop.selection.base import chosen, from_reasons


@dataclass(frozen=True)
class Band:
    """See :func:`band`."""

    low: float
    high: float
    signal: str | None
    version: ClassVar[str] = "1"

    @property
    def signals_read(self) -> tuple[str, ...] | None:
        return None if self.signal is None else (self.signal,)

    def select(self, pool: PoolView, /) -> Selection:
        mine = chosen(pool, self.signal, "band")
        if mine.accept_at is None:
            raise InputError(f"band: signal {mine.signal!r} has no accept_at, so no pass rate is defined.")
        if not len(pool):
            return from_reasons(pool, [])
        prompt = pool.column("prompt")
        scored = ~np.isnan(mine.values)
        size = np.bincount(prompt, weights=scored)
        passed = np.bincount(prompt, weights=scored & (mine.values >= mine.accept_at))
        rate = np.divide(passed, size, out=np.full(len(size), np.nan), where=size > 0)
        return from_reasons(pool, [self._why(float(r)) for r in rate[prompt]])

    def _why(self, rate: float) -> str:
        if np.isnan(rate):
            return "prompt_unscored"
        if self.low <= rate <= self.high:
            return ""
        return {0.0: "never_solved", 1.0: "always_solved"}.get(rate, "too_hard" if rate < self.low else "too_easy")


def band(*, low: float = 0.0, high: float = 1.0, signal: str | None = None) -> Band:
    """Keep all rows of the prompts whose pass rate lies in [low, high]; follow it with ``threshold(accept=True)``.

    The rate is over the scored rows of a prompt. ``low=0.1, high=0.9`` drops prompts that were never or always solved.
    """
    if not 0 <= low <= high <= 1:
        raise InputError(f"band: needs 0 <= low <= high <= 1, got {low} and {high}.")
    return Band(low, high, signal)
