"""How many new cells would twice the data show: twice the prompts, or twice the samples of the same prompts?

No further than twofold: beyond, no method tells from what was seen (Good and Toulmin 1956; Orlitsky, Suresh and Wu
2016).

Of prompts, Good and Toulmin's alternating sum of the numbers of cells in 1, 2, 3, ... prompts, its tail smoothed as
Efron and Thisted (1976) do. Of samples the prompts stay the same, and rows of one prompt may all be alike or all
differ, which no sum over rows can allow for: Chao's (1984) lower bound of what these prompts hold at all, and the part
of it that as many rows again would find (Chao and Jost 2012).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.rarefaction import jackknife_bounds
from openloop.measures.unseen_mass import unseen_by_samples
from openloop.records import Estimate

SMOOTHED = 10
"""Terms of the alternating sum: the q-th counts with the chance of q heads or more among so many throws."""


def new_cells_by_prompts(cell: Codes, prompt: Codes, level: float = 0.95) -> Estimate:
    """Expected number of new cells in as many new prompts; cell [N], prompt [N]. ``n`` is the cells seen.

    Interval: jackknife over prompts. NaN where there is no row. Raises DataError for lengths that differ.
    """
    of_cell, of_prompt, _ = _entries(cell, prompt)
    if not len(of_cell):
        return Estimate(math.nan, None, None, level, 0, method="undefined: no rows")
    incidence = np.bincount(of_cell)
    term = _terms(int(incidence.max()))
    value = float(term[incidence].sum())
    change = (term[incidence - 1] - term[incidence])[of_cell]
    # Of one prompt less; as many new ones again.
    without = np.asarray(value + np.bincount(of_prompt, weights=change), dtype=np.float64)
    method = f"Good-Toulmin by prompts, smoothed: beside {len(incidence):,} cells seen"
    return _bounded(value, without, level, len(incidence), method, float(len(incidence)))


def new_cells_by_samples(cell: Codes, prompt: Codes, level: float = 0.95) -> Estimate:
    """At least so many new cells in as many new samples of the same prompts; ``n`` is the cells seen.

    Interval: jackknife over prompts. NaN where no prompt has two rows or more. Raises DataError as
    :func:`new_cells_by_prompts`.
    """
    of_cell, of_prompt, rows = _entries(cell, prompt)
    size = np.bincount(of_prompt, weights=rows) if len(of_cell) else np.zeros(0)
    if not (size > 1).any():
        why = "one row for each prompt says nothing of another sample" if len(size) else "no rows"
        return Estimate(math.nan, None, None, level, 0, method=f"not measured: {why}")
    often = np.bincount(of_cell, weights=rows).astype(np.int64)
    seen = len(often)
    # A cell of a prompt with one row was seen once because nobody asked again.
    told = size[of_prompt] > 1
    counted = np.zeros(seen, dtype=bool)
    counted[of_cell[told]] = True
    once, twice = counted & (often == 1), counted & (often == 2)
    n = float(size[size > 1].sum())
    value = _chao(float(once.sum()), float(twice.sum()), n)
    gone_once = np.bincount(of_prompt, weights=once[of_cell], minlength=len(size))
    whole = (rows == 2) & twice[of_cell]
    half = (rows == 1) & twice[of_cell]
    gone_twice = np.bincount(of_prompt, weights=whole | half, minlength=len(size))
    come_once = np.bincount(of_prompt, weights=half, minlength=len(size))
    left = [
        _chao(float(once.sum()) - a + c, float(twice.sum()) - b, n - s)
        for a, b, c, s in zip(gone_once, gone_twice, come_once, np.where(size > 1, size, 0.0), strict=True)
    ]
    method = f"at least (Chao, by rows): beside {seen:,} cells seen"
    found = _bounded(value, np.array(left), level, seen, method, n)
    rate = unseen_by_samples(cell, prompt, level).high
    if found.low is None or rate is None:
        return replace(found, low=None, high=None)
    # Chao's is a lower bound; a further row finds a new cell at most as often as the next one does.
    return replace(found, high=max(found.value, rate * n), method=f"{found.method}, above it the rate of the next row")


def _terms(most: int) -> Values:
    """What a cell in q prompts adds, q from 0 to ``most``."""
    heads = np.array([math.comb(SMOOTHED, q) for q in range(SMOOTHED + 1)]) / 2.0**SMOOTHED
    at_least = heads[::-1].cumsum()[::-1]
    term = np.zeros(most + 1)
    q = np.arange(1, min(most, SMOOTHED) + 1)
    term[q] = np.where(q % 2 == 1, 1.0, -1.0) * at_least[q]
    return term


def _chao(once: float, twice: float, n: float) -> float:
    """New cells in ``n`` further rows, of ``n`` seen, where so many cells have one row and two."""
    if n < 1 or once <= 0:
        return 0.0
    unseen = (n - 1) / n * (once**2 / (2 * twice) if twice > 0 else once * (once - 1) / 2)
    return unseen * (1 - (1 - once / (n * unseen + once)) ** n) if unseen > 0 else 0.0


def _entries(cell: Codes, prompt: Codes) -> tuple[Codes, Codes, Codes]:
    """Cell, prompt and rows of every cell that a prompt has."""
    if len(cell) != len(prompt):
        raise DataError(f"new cells: needs a prompt for each row, got {len(prompt)} for {len(cell)}.")
    if not len(cell):
        none = np.zeros(0, dtype=np.int64)
        return none, none, none
    cells, prompts = (np.unique(codes, return_inverse=True)[1].ravel() for codes in (cell, prompt))
    held = int(prompts.max()) + 1
    both, rows = np.unique(cells * held + prompts, return_counts=True)
    return both // held, both % held, rows.astype(np.int64)


def _bounded(value: float, without: Values, level: float, seen: int, method: str, most: float) -> Estimate:
    """Not below 0."""
    bounds = jackknife_bounds(value, without, level)
    shown = max(0.0, value)
    if bounds is None:
        return Estimate(shown, None, None, level, seen, method=f"{method}; no interval: too few unlike prompts")
    low, high = max(0.0, bounds[0]), max(0.0, min(most, bounds[1]))
    return Estimate(shown, min(low, shown), max(high, shown), level, seen, method=f"{method}; jackknife over prompts")
