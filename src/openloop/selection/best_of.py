"""Best of: keep the rows of each prompt that a signal values most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.records import Selection
from openloop.seeds import derive
from openloop.selection.base import chosen, from_mask, places_in_groups


@dataclass(frozen=True)
class BestOf:
    """See :func:`best_of`."""

    n: int
    signal: str | None
    seed: int
    version: ClassVar[str] = "1"

    @property
    def signals_read(self) -> tuple[str, ...] | None:
        return None if self.signal is None else (self.signal,)

    def select(self, pool: PoolView, /) -> Selection:
        mine = chosen(pool, self.signal, "best_of")
        scored = ~np.isnan(mine.values)
        ties = np.array([derive(self.seed, i) for i in pool.ids], dtype=np.uint64)
        place = places_in_groups(pool.column("prompt"), -np.where(scored, mine.values, -np.inf), ties)
        return from_mask(pool, (place < self.n) & scored, "not_best", mine)


def best_of(n: int = 1, *, signal: str | None = None, seed: int = 0) -> BestOf:
    """Keep the ``n`` rows of each prompt with the highest values; ties are broken at random, by seed.

    Run ``openloop audit`` first: selecting harder on a score can make the kept rows worse.
    """
    if n < 1:
        raise InputError(f"best_of: n must be at least 1, got {n}.")
    return BestOf(n, signal, seed)
