"""Top: keep the rows a signal values most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.records import Selection
from openloop.seeds import derive
from openloop.selection.base import (
    Unscored,
    chosen,
    from_mask,
    how_many,
    require_rate_or_n,
    require_unscored,
)


@dataclass(frozen=True)
class Top:
    """See :func:`top`."""

    rate: float | None
    n: int | None
    signal: str | None
    unscored: Unscored
    seed: int
    version: ClassVar[str] = "1"

    @property
    def signals_read(self) -> tuple[str, ...] | None:
        return None if self.signal is None else (self.signal,)

    def select(self, pool: PoolView, /) -> Selection:
        mine = chosen(pool, self.signal, "top")
        scored = ~np.isnan(mine.values)
        n = how_many(self.rate, self.n, int(scored.sum()), "top")
        # Ties are broken by a hash of the ids, so that equal values favour neither end of the pool.
        ties = np.array([derive(self.seed, i) for i in pool.ids])
        order = np.lexsort((ties, -np.where(scored, mine.values, -np.inf), ~scored))
        keep = np.zeros(len(mine.values), dtype=np.bool_)
        keep[order[:n]] = True
        keep &= scored
        if self.unscored == "keep":
            keep |= ~scored
        return from_mask(pool, keep, "below_top", mine)


def top(
    *,
    rate: float | None = None,
    n: int | None = None,
    signal: str | None = None,
    unscored: Unscored = "drop",
    seed: int = 0,
) -> Top:
    """Keep the highest values: a share of the scored rows, or a number. Ties are broken at random, by seed."""
    require_rate_or_n(rate, n, "top")
    require_unscored(unscored, "top")
    return Top(rate, n, signal, unscored, seed)
