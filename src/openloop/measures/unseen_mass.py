"""How much of what comes next lies in cells that were never seen: Good-Turing by prompts, and by rows.

A *cell* is a topic, an answer, any class of rows. Rows of one prompt share cells, so a cell that eight samples of one
prompt fill is as new as one with a single row: counted by rows, Good's estimate is far too low (.09 against .49).
Counted by prompts it is exact: each prompt in turn is the new one, and the share of its rows in cells that no other
prompt has estimates that of the next prompt (unbiased, for one prompt less).

The variance of estimate less truth is Esty's (1983), for clusters: Σ (u_i − M n_i)² over prompts, and for each pair of
prompts twice the product of the rows by which they share cells that only they two have.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.arrays import Codes
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import Effective
from openloop.measures.design_effect import freedom, stretch
from openloop.records import Estimate


def unseen_by_prompts(cell: Codes, prompt: Codes, level: float = 0.95) -> Estimate:
    """Share of the rows of *new prompts* that lie in cells no row has yet; cell [N], prompt [N].

    Wilson's interval with the effective number of prompts; below five effective events a one-sided bound. Raises
    DataError for lengths that differ.
    """
    return _unseen(cell, prompt, level, "prompts")


def unseen_by_samples(cell: Codes, prompt: Codes, level: float = 0.95) -> Estimate:
    """Share of *new samples of these prompts* that lie in cells no row has yet: Good-Turing by rows.

    Rows of prompts with one row say nothing of another sample and are left out of the share. NaN where no prompt has
    two rows.
    """
    _require(cell, prompt)
    often = np.unique(prompt, return_inverse=True, return_counts=True)
    several = often[2][often[1]] > 1
    if not several.any():
        return Estimate(math.nan, None, None, level, 0, method="not measured: one row for each prompt")
    cells = np.unique(cell, return_inverse=True)[1]
    single = (np.bincount(cells)[cells] == 1).astype(np.float64)
    found = clustered.share(single[several], prompt[several], level)
    return replace(found, method=f"Good-Turing by rows of prompts with several; {found.method}")


def _unseen(cell: Codes, prompt: Codes, level: float, what: str) -> Estimate:
    _require(cell, prompt)
    n = len(cell)
    if not n:
        return Estimate(math.nan, None, None, level, 0, method="undefined: no rows")
    cells, prompts = (np.unique(codes, return_inverse=True)[1].ravel() for codes in (cell, prompt))
    held, size = int(prompts.max()) + 1, np.bincount(prompts).astype(np.float64)
    # An entry for each cell that a prompt has, with its rows there.
    both, rows = np.unique(cells * held + prompts, return_counts=True)
    of_cell, of_prompt = both // held, both % held
    incidence = np.bincount(of_cell)
    alone = np.bincount(of_prompt, weights=rows * (incidence[of_cell] == 1), minlength=held)
    share = float(alone.sum()) / n
    squares = float(((alone - share * size) ** 2 / np.maximum(1 - size / n, 1e-9)).sum())
    squares += _shared(of_cell, of_prompt, rows, incidence)
    squares *= stretch(freedom(size / n), level) if held > 1 else 1.0
    independent = n**2 / float((size**2).sum())
    worth = share * (1 - share) / (squares / n**2) if 0 < share < 1 and squares > 0 else independent
    largest = float(size.max()) / n
    # Never more than the rows, nor surer than the prompts where no cell says how they vary.
    effective = Effective(share, n, held, max(1.0, min(worth, float(n))), largest)
    found = clustered.bounded(effective, level)
    if 1 < held < clustered.LEAST:
        return Estimate(share, None, None, level, n, method=clustered.too_few(held, what))
    return replace(found, method=f"Good-Turing by {what}; {found.method}")


def _shared(of_cell: Codes, of_prompt: Codes, rows: Codes, incidence: Codes) -> float:
    """Σ over ordered pairs of prompts of the products of their rows in cells that only they two have."""
    twice = incidence[of_cell] == 2
    if not twice.any():
        return 0.0
    # Entries are sorted by cell: those of a cell in two prompts stand in pairs.
    first, second = of_prompt[twice][0::2], of_prompt[twice][1::2]
    left, right = rows[twice][0::2].astype(np.float64), rows[twice][1::2].astype(np.float64)
    pair = np.unique(first * (int(of_prompt.max()) + 1) + second, return_inverse=True)[1]
    return float(2 * (np.bincount(pair, weights=left) * np.bincount(pair, weights=right)).sum())


def _require(cell: Codes, prompt: Codes) -> None:
    if len(cell) != len(prompt):
        raise DataError(f"unseen: needs a prompt for each row, got {len(prompt)} for {len(cell)}.")
