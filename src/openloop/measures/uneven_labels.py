"""Do some rows have far more labels than others?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Mask
from openloop.measures.association import linked
from openloop.measures.shortcuts import centred

ALPHA = 0.01
"""Chance that labels drawn uniformly are called uneven, over all the strata that are looked at."""
TIMES = 1.5
"""A stratum that is labelled more, or less, densely than the others by this factor is worth saying."""


@dataclass(frozen=True, slots=True)
class Unevenness:
    """One stratum that is labelled more, or less, than the other rows."""

    stratum: int
    inside: float
    """Share of its rows that have labels."""
    outside: float
    p_value: float
    """Of this stratum alone."""

    @property
    def matters(self) -> bool:
        """Whether the shares differ by ``TIMES`` or more."""
        return max(self.inside, self.outside) >= TIMES * min(self.inside, self.outside)


def uneven(
    labelled: Mask, strata: Codes, cells: Codes, prompt: Codes, looks: int, alpha: float = ALPHA
) -> Unevenness | None:
    """The stratum whose share of labelled rows differs most surely from that of the other rows of its cells.

    All shapes [N], one row a text. Two tests must agree, at level ``alpha``/``looks``: the hypergeometric one that a
    uniform draw of rows implies (Mantel and Haenszel, over cells), and one that takes a prompt as the unit, for labels
    that were given to whole prompts at a time. None where no stratum is uneven.
    """
    found = []
    residual = centred(labelled.astype(float), [cells])
    for stratum in np.unique(strata):
        here = strata == stratum
        if here.all():
            continue
        # Among the cells that hold both rows of the stratum and others.
        mixed = np.isin(cells, np.intersect1d(cells[here], cells[~here]))
        one, others = here & mixed, ~here & mixed
        if not one.any():
            continue
        inside, outside = float(labelled[one].mean()), float(labelled[others].mean())
        grouped = _p_of_draw(labelled[mixed], here[mixed], cells[mixed])
        test = linked(residual[mixed], centred(here[mixed].astype(float), [cells[mixed]]), prompt[mixed])
        p_value = max(grouped, 1.0 if test is None else test.p_value)
        if p_value <= alpha / max(1, looks):
            found.append(Unevenness(int(stratum), inside, outside, p_value))
    return min(found, key=lambda one: (one.p_value, one.stratum)) if found else None


def _p_of_draw(labelled: Mask, here: Mask, cells: Codes) -> float:
    """Two-sided, normal with continuity correction, of the number of labels in the stratum given each cell's."""
    n, mine = np.bincount(cells).astype(float), np.bincount(cells, weights=here)
    drawn = np.bincount(cells, weights=labelled)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(n > 0, mine * drawn / n, 0)
        spread = np.where(n > 1, mine * (n - mine) * drawn * (n - drawn) / (n**2 * (n - 1)), 0)
    variance = float(spread.sum())
    if variance <= 0:
        return 1.0
    gap = max(0.0, abs(float((labelled & here).sum() - expected.sum())) - 0.5)
    return math.erfc(gap / math.sqrt(2 * variance))
