"""Threshold: keep what a signal accepts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.arrays import Mask
from openloop.contracts import PoolVerdicts, PoolView
from openloop.errors import InputError
from openloop.records import Selection
from openloop.selection.base import Unscored, chosen, from_mask, require_unscored


@dataclass(frozen=True)
class Threshold:
    """See :func:`threshold`."""

    at: float | None
    at_most: float | None
    signal: str | None
    unscored: Unscored
    version: ClassVar[str] = "1"

    @property
    def signals_read(self) -> tuple[str, ...] | None:
        return None if self.signal is None else (self.signal,)

    def select(self, pool: PoolView, /) -> Selection:
        mine = chosen(pool, self.signal, "threshold")
        return from_mask(pool, self._keep(mine), "rejected", mine)

    def _keep(self, mine: PoolVerdicts) -> Mask:
        at = mine.accept_at if self.at is None else self.at
        if self.at_most is not None:
            keep = mine.values <= self.at_most  # NaN compares false
        elif at is not None:
            keep = mine.values >= at
        else:
            raise InputError(f"threshold: signal {mine.signal!r} has no accept_at; give a value with at= or at_most=.")
        return np.asarray(keep | np.isnan(mine.values) if self.unscored == "keep" else keep)


def threshold(
    *,
    accept: bool = False,
    at: float | None = None,
    at_most: float | None = None,
    signal: str | None = None,
    unscored: Unscored = "drop",
) -> Threshold:
    """Keep values at or above the signal's own ``accept_at`` (``accept=True``), or at or above ``at``.

    ``at_most`` keeps values at or below it, for a value of which less is better (a distance, a perplexity).
    """
    if accept + (at is not None) + (at_most is not None) != 1:
        raise InputError("threshold: give one of accept=True (the signal's own accept_at), at=VALUE, at_most=VALUE.")
    for name, value in (("at", at), ("at_most", at_most)):
        if value is not None and not math.isfinite(value):
            raise InputError(f"threshold: {name} must be a finite value, got {value}.")
    require_unscored(unscored, "threshold")
    return Threshold(at, at_most, signal, unscored)
