"""Diverse: keep rows that stand for all the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.contracts import PoolView
from openloop.measures import clustered
from openloop.measures.facility_location import POINTS, facility_location
from openloop.measures.normsim import normsim
from openloop.measures.vendi import vendi2
from openloop.records import Estimate, Selection
from openloop.selection.base import from_mask, how_many, lots_of, require_rate_or_n
from openloop.selection.reference import vectors_of


@dataclass(frozen=True)
class Diverse:
    """See :func:`diverse`."""

    rate: float | None
    n: int | None
    vectors: str
    seed: int
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        every = vectors_of(pool, self.vectors, "diverse")
        if not len(pool):
            return from_mask(pool, np.zeros(0, dtype=np.bool_), "like_a_kept_row")
        lots = lots_of(pool, self.seed)
        n = how_many(self.rate, self.n, len(pool), "diverse")
        picked = facility_location(every, n, lots)
        keep = np.zeros(len(pool), dtype=np.bool_)
        keep[picked] = True
        drawn = np.argsort(lots_of(pool, self.seed, "control"), kind="stable")[:n]
        prompt = pool.column("prompt")
        measured = {
            "different rows, before": vendi2(every, prompt),
            "different rows, after": vendi2(every[keep], prompt[keep]),
            "nearest kept row": _stands_for(every, picked, lots, prompt),
            "nearest kept row, had as many been drawn at random": _stands_for(every, drawn, lots, prompt),
        }
        return replace(from_mask(pool, keep, "like_a_kept_row"), measured=measured)


def _stands_for(every: NDArray[Any], kept: Codes, lots: Values, prompt: Codes) -> Estimate:
    """Mean cosine of a row to the nearest kept one, over some rows drawn by lot."""
    some = np.argsort(lots, kind="stable")[:POINTS]
    nearest = normsim(every[some], every[kept], where=False).value if len(kept) else np.full(len(some), np.nan)
    return clustered.mean(nearest[~np.isnan(nearest)], prompt[some][~np.isnan(nearest)])


def diverse(*, rate: float | None = None, n: int | None = None, vectors: str = "vector", seed: int = 0) -> Diverse:
    """Keep a share of the rows, or a number, so chosen that each row has a kept one near it: facility location.

    Each pick is the row that brings the others nearest to a kept one, by the cosines of the column ``vectors``: one row
    of each kind before a second of any, kinds of many rows first (``coverage`` fills kinds evenly). It hears no
    verdict: put what rejects before it. ``seed`` breaks ties. The run holds how many different rows there were before
    and after (order-2 Vendi score), and how near the nearest kept row is, beside a random choice of as many. Dropped:
    ``like_a_kept_row``. Raises InputError.
    """
    require_rate_or_n(rate, n, "diverse")
    return Diverse(rate, n, vectors, seed)
