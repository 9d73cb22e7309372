"""Best of: keep the rows of each prompt that a signal values most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import Verdicts
from openloop.errors import InputError
from openloop.records import Candidate, Selection
from openloop.seeds import derive
from openloop.selection.base import chosen, from_mask, from_reasons, ids_of, prompts_of


@dataclass(frozen=True)
class BestOf:
    """See :func:`best_of`."""

    n: int
    signal: str | None
    seed: int
    version: ClassVar[str] = "1"

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:
        mine = chosen(verdicts, self.signal, "best_of")
        if not len(candidates):
            return from_reasons(candidates, [])
        prompt = prompts_of(candidates)
        scored = ~np.isnan(mine.values)
        ties = np.array([derive(self.seed, i) for i in ids_of(candidates)])
        order = np.lexsort((ties, -np.where(scored, mine.values, -np.inf), prompt))
        starts = np.flatnonzero(np.r_[True, np.diff(prompt[order]) != 0])
        place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
        keep = np.zeros(len(order), dtype=np.bool_)
        keep[order[place < self.n]] = True
        return from_mask(candidates, keep & scored, "not_best", mine)


def best_of(n: int = 1, *, signal: str | None = None, seed: int = 0) -> BestOf:
    """Keep the ``n`` rows of each prompt with the highest values; ties are broken at random, by seed.

    Look at ``openloop audit`` first: choosing harder by a score can make the kept rows worse.
    """
    if n < 1:
        raise InputError(f"best_of: n must be at least 1, got {n}.")
    return BestOf(n, signal, seed)
