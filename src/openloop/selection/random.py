"""Random: keep a random subset, the control for every selection that claims to know better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.records import Selection
from openloop.seeds import derive
from openloop.selection.base import from_mask, how_many, require_rate_or_n


@dataclass(frozen=True)
class Random:
    """See :func:`random`."""

    rate: float | None
    n: int | None
    seed: int
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        order = np.argsort([derive(self.seed, i) for i in pool.ids], kind="stable")
        keep = np.zeros(len(order), dtype=np.bool_)
        keep[order[: how_many(self.rate, self.n, len(order), "random")]] = True
        return from_mask(pool, keep, "not_drawn")


def random(*, rate: float | None = None, n: int | None = None, seed: int = 0) -> Random:
    """Keep a share of the rows, or a number of them, chosen by a hash of their ids."""
    require_rate_or_n(rate, n, "random")
    return Random(rate, n, seed)
