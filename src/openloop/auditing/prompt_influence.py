"""How far each prompt moves a share: what two audits with prompts in common need to be compared in pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Values

LEAST_SHARED = 10
"""With fewer prompts in both files, nothing can be said of how their shares go together."""


@dataclass(frozen=True, slots=True)
class PromptInfluence:
    """Of C prompts on one share: they sum to 0, and their squares to the variance of the share."""

    prompts: NDArray[np.uint64]
    """Shape [C], ascending: names of prompts, the same in every file."""
    moves: Values
    """Shape [C]: the weighted sum of (hit − share) over the prompt's rows, over the whole weight."""

    @classmethod
    def of(cls, hits: Values, prompts: NDArray[np.uint64], weight: Values | None = None) -> PromptInfluence:
        """From rows: ``hits`` [N] in [0, 1] and all known, the prompt of each [N], and its weight [N]."""
        heavy = np.ones(len(hits)) if weight is None else weight
        names, codes = np.unique(prompts, return_inverse=True)
        if not len(hits):
            return cls(names, np.zeros(0))
        centre = float(np.average(hits, weights=heavy))
        return cls(names, np.bincount(codes.ravel(), weights=heavy * (hits - centre)) / float(heavy.sum()))

    def shared(self, other: PromptInfluence) -> int:
        """Prompts that are in both."""
        return len(np.intersect1d(self.prompts, other.prompts, assume_unique=True))

    def correlation(self, other: PromptInfluence) -> float:
        """Of the two shares, through the prompts that both have; 0 with fewer than ten of them.

        A positive one is drawn towards 0 by half a prompt, as in the tenth method of Newcombe (1998) for paired
        proportions: where hardly any prompt differs, a sample may hold none of those that do.
        """
        _, mine, its = np.intersect1d(self.prompts, other.prompts, assume_unique=True, return_indices=True)
        scale = math.sqrt(float((self.moves**2).sum()) * float((other.moves**2).sum()))
        if len(mine) < LEAST_SHARED or scale <= 0:
            return 0.0
        together = float((self.moves[mine] * other.moves[its]).sum())
        if together > 0:
            together = max(0.0, together - 0.5 / (len(self.prompts) * len(other.prompts)))
        return min(1.0, max(-1.0, together / scale))
