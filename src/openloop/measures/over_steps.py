"""Score, gold and length over the steps of a training, from the rows that it logged.

What :mod:`openloop.measures.reward_against_gold` asks of held-out prompts is asked here of the logged rows themselves:
their score and their gold are known for the same answers, so what changes in the prompts from step to step changes
both. The finding is the same (``RewardAgainstGold.hacked``), and so is :data:`MATERIAL`.

From 20 steps on, rises are those of a line through batch means: steps next to each other are alike, stretches hardly.
A log of fewer steps (checkpoints) is about these steps: the last quarter of them less the first, clustered by prompt.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures.intervals import require_level, student
from openloop.measures.reward_against_gold import BATCHES, LEAST_PROMPTS, LEAST_STEPS, MATERIAL, RewardAgainstGold, rise
from openloop.records import Estimate

END = 0.25
"""Share of the steps, at each end, that are compared where the steps are few."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Which step each row belongs to."""

    numbers: Values
    """Shape [S]: the steps, ascending."""
    of: Codes
    """Shape [N]: the place of each row's step among them, −1 where it is unknown."""

    @classmethod
    def of_rows(cls, step: Values) -> Steps:
        """From the step of each row, shape [N], NaN where it is unknown."""
        known = ~np.isnan(step)
        numbers, places = np.unique(step[known], return_inverse=True)
        of = np.full(len(step), -1)
        of[known] = places
        return cls(numbers, of.astype(np.int64))

    def __len__(self) -> int:
        return len(self.numbers)

    def means(self, values: Values) -> Values:
        """Mean of each step's rows, shape [S]; NaN where none is known."""
        rows = (self.of >= 0) & ~np.isnan(values)
        sums = np.bincount(self.of[rows], weights=values[rows], minlength=len(self))
        counts = np.bincount(self.of[rows], minlength=len(self))
        found: Values = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
        return found

    def ends(self) -> tuple[Mask, Mask]:
        """Shape [N] each: rows of the first steps, and of the last."""
        n = max(1, math.floor(END * len(self)))
        return (self.of >= 0) & (self.of < n), self.of >= len(self) - n


def score_against_gold(
    score: Values, gold: Values, step: Values, prompt: Codes, level: float = 0.95
) -> RewardAgainstGold:
    """``score`` [N] on a scale of 1, ``gold`` [N] 0 or 1, NaN where unknown; ``step`` and ``prompt`` [N].

    Raises DataError for a score that leaves the scale.
    """
    require_level(level)
    known = score[~np.isnan(score)]
    if len(known) and (known.min() < -1e-9 or known.max() > 1 + 1e-9):
        raise DataError(f"score_against_gold: scores from 0 to 1, got {known.min():g} to {known.max():g}.")
    both = ~np.isnan(score) & ~np.isnan(gold)
    paired, truth = np.where(both, score, np.nan), np.where(both, gold, np.nan)
    return RewardAgainstGold(
        rise=rise_over_steps(score, step, prompt, level),
        reward_gain=rise_over_steps(paired, step, prompt, level),
        gold_gain=rise_over_steps(truth, step, prompt, level),
        shortfall=rise_over_steps(truth - MATERIAL * paired, step, prompt, level),
    )


def rise_over_steps(values: Values, step: Values, prompt: Codes, level: float = 0.95) -> Estimate:
    """By how much the mean of ``values`` [N] rises from the first steps to the last; NaN is not known."""
    rows = ~np.isnan(values) & ~np.isnan(step)
    steps = Steps.of_rows(np.where(rows, step, np.nan))
    unscored = int((np.isnan(values) & ~np.isnan(step)).sum())
    if len(steps) < 2:
        return Estimate(math.nan, None, None, level, int(rows.sum()), unscored, "undefined: fewer than two steps")
    least = _least_variance(values[rows])
    if len(steps) >= LEAST_STEPS:
        every = Steps.of_rows(step)
        found = rise(every.means(values), level, math.sqrt(least * BATCHES / rows.sum()))
        return replace(found, n=int(rows.sum()), n_unscored=unscored, method=f"{found.method}, {len(steps):,} steps")
    early, late = steps.ends()
    return replace(_difference(values, early & rows, late & rows, prompt, level, least), n_unscored=unscored)


def _difference(values: Values, early: Mask, late: Mask, prompt: Codes, level: float, least: float) -> Estimate:
    """Mean of the late rows less that of the early ones; a prompt with rows in both counts once."""
    n = int(early.sum() + late.sum())
    value = float(values[late].mean() - values[early].mean())
    held = min(len(np.unique(prompt[early])), len(np.unique(prompt[late])))
    if held < LEAST_PROMPTS:
        return Estimate(value, None, None, level, n, method=f"no interval: {held} prompts at one end")
    parts = np.zeros(len(values))
    parts[late] = (values[late] - values[late].mean()) / late.sum()
    parts[early] -= (values[early] - values[early].mean()) / early.sum()
    used = early | late
    sums = np.bincount(np.unique(prompt[used], return_inverse=True)[1], weights=parts[used])
    variance = float(sums @ sums) * len(sums) / (len(sums) - 1)
    variance = max(variance, least * (1 / early.sum() + 1 / late.sum()))
    half = student(held - 1, level) * math.sqrt(variance)
    return Estimate(value, value - half, value + half, level, n, method="last quarter of the steps less the first, t")


def _least_variance(values: Values) -> float:
    """Of a row, were there one more at each end: rows that are all alike are no certainty (Agresti and Min 2005)."""
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= -MATERIAL and high <= 1:
        low, high = -MATERIAL, 1.0
    return float(np.append(values, [low, high]).var())
