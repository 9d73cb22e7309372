"""Threshold: keep what a signal accepts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.records import Selection
from openloop.selection.base import Unscored, chosen, from_mask, require_unscored


@dataclass(frozen=True)
class Threshold:
    """See :func:`threshold`."""

    at: float | None
    signal: str | None
    unscored: Unscored
    version: ClassVar[str] = "1"

    def select(self, pool: PoolView, /) -> Selection:
        mine = chosen(pool, self.signal, "threshold")
        at = mine.accept_at if self.at is None else self.at
        if at is None:
            raise InputError(f"threshold: signal {mine.signal!r} has no accept_at; give a value with at=.")
        keep = mine.values >= at  # NaN compares false
        if self.unscored == "keep":
            keep |= np.isnan(mine.values)
        return from_mask(pool, keep, "rejected", mine)


def threshold(
    *, accept: bool = False, at: float | None = None, signal: str | None = None, unscored: Unscored = "drop"
) -> Threshold:
    """Keep values at or above the signal's own ``accept_at`` (``accept=True``), or at or above ``at``."""
    if accept == (at is not None):
        raise InputError("threshold: give either accept=True (the signal's own accept_at) or at=VALUE.")
    if at is not None and not math.isfinite(at):
        raise InputError(f"threshold: at must be a finite value, got {at}.")
    require_unscored(unscored, "threshold")
    return Threshold(at, signal, unscored)
