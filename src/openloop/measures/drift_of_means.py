"""Has a series of single numbers moved? For noise that all items of a look share, such as another training's luck.

If nothing moves, the order of the looks says nothing: each new number is as likely to be the smallest so far as the
second smallest, and so on. So its rank among all so far, ties broken by luck, is uniform and independent of the earlier
ranks (conformal p-values; Vovk, Gammerman and Shafer 2005), and betting on low or high ranks can be won only where
something moves: by Ville's inequality the stake ever grows 1/α-fold with a chance of α at most.
"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError

POWERS = np.linspace(0.02, 0.98, 25)
"""Bets: the stake is multiplied by ε p^(ε − 1) for each of these ε."""
JUMP = 0.02
"""Share of the stakes that changes sides and powers at each look, so that a late drift is met by fresh stakes."""


def evidence(means: Values, rng: np.random.Generator) -> Values:
    """E-values [T] after each of T numbers, in the order of the looks: how much betting on a drift has won.

    An alarm at the first that reaches 1/α is false with a chance of α at most, over any number of looks. The first look
    says nothing (1). Raises DataError for NaN: leave out looks that were not measured.
    """
    held = np.asarray(means, dtype=np.float64)
    if held.ndim != 1 or np.isnan(held).any():
        raise DataError("evidence: one number a look, shape [T], without NaN.")
    stakes = np.full((2, len(POWERS)), 1 / (2 * len(POWERS)))  # on falling, on rising; all together 1
    found = np.ones(len(held))
    for t, now in enumerate(held):
        past = held[: t + 1]
        p = (float((past < now).sum()) + rng.random() * float((past == now).sum())) / (t + 1)
        stakes = (1 - JUMP) * stakes + JUMP * stakes.sum() / stakes.size
        for side, chance in enumerate((p, 1 - p)):
            stakes[side] *= POWERS * max(chance, 1e-12) ** (POWERS - 1)
        found[t] = stakes.sum()
    return found


def first_alarm(means: Values, rng: np.random.Generator, level: float = 0.95) -> int | None:
    """The look (from 0, the baseline) at which a drift is told; None where none is."""
    beyond = np.flatnonzero(evidence(means, rng) >= 1 / (1 - level))
    return int(beyond[0]) if len(beyond) else None


def least_looks(level: float = 0.95) -> int | None:
    """Looks before which no series, however steep, can be told apart from luck; None for more than two hundred."""
    alarm = first_alarm(np.arange(200, dtype=np.float64), np.random.default_rng(0), level)
    return None if alarm is None else alarm + 1
