"""Per prompt: keep no more than so many rows of each prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.errors import InputError
from openloop.records import Selection
from openloop.seeds import derive
from openloop.selection.base import from_mask, places_in_groups


@dataclass(frozen=True)
class PerPrompt:
    """See :func:`per_prompt`."""

    n: int
    seed: int
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        luck = np.array([derive(self.seed, i) for i in pool.ids], dtype=np.uint64)
        return from_mask(pool, places_in_groups(pool.column("prompt"), luck) < self.n, "prompt_is_full")


def per_prompt(n: int, *, seed: int = 0) -> PerPrompt:
    """Keep at most ``n`` rows of each prompt, chosen by a hash of their ids. Put it last in a chain."""
    if n < 1:
        raise InputError(f"per_prompt: n must be at least 1, got {n}.")
    return PerPrompt(n, seed)
