"""Entropy of verdicts in many small cells: a prompt, a class in a prompt, a row.

A cell (a prompt, a class in a prompt, a row) holds few verdicts, and the entropy of few verdicts is far too small;
no correction of each cell alone repairs two of them. So cells borrow from each other: the distribution of a cell is
Dirichlet around the mean of all cells of its kind, its concentration is averaged over a grid by its likelihood (as
Nemenman, Shafee and Bialek 2002 do for one cell), and the entropy is the mean under the posterior of the cell, in
closed form. Large cells speak for themselves; where cells are small, the shape assumed for their spread tells.

A spread cannot be seen below 0, so cells that are all alike look a little unlike: by about .4 standard errors of their
intraclass correlation ρ, each worth ρ (V − 1) / (2 ln 2) bits; and weak differences are shrunk by
as much. Intervals are wider by .7 of them on both sides (``slack``). In simulation that covers, but for a spread of
another shape: where rows are of two sharp kinds (accepted nine times in ten, or one in ten) and are scored four times,
the noise comes out .05 bits too low, and no interval says so.
"""

from __future__ import annotations

import math

import numpy as np

from openloop.arrays import Codes, Mask, Values

GRID = np.logspace(-2, 4, 31)
"""Concentrations: 0.01 is a verdict that never changes within a cell, 10,000 cells that are all alike."""
WIDER = 0.7


class Cells:
    """Counts of verdicts in cells; cells of one kind borrow from each other."""

    def __init__(self, counts: Values, kind: Codes, prompt: Codes, copies: int, weight: Values | None = None):
        """counts [cells, V]; kind and prompt [cells]; ``copies``: how often the same rows are counted."""
        self.counts, self.prompt, self.copies = counts, prompt, copies
        self.weight = np.ones(len(counts)) if weight is None else weight
        both = np.column_stack([counts, kind])
        self.pattern, self.place = np.unique(both, axis=0, return_inverse=True)
        self.place = self.place.ravel()

    @classmethod
    def by_column(cls, a: Codes, cell: Codes, kind: Codes, prompt: Codes, width: int) -> Cells:
        """One scoring of each row at a time: scorings of one row are no independent draws of the cell's verdict."""
        rows, column = np.nonzero(a >= 0)
        keys, first, key = np.unique(cell[rows] * a.shape[1] + column, return_index=True, return_inverse=True)
        counts = np.zeros((len(keys), width))
        np.add.at(counts, (key, a[rows, column]), 1.0)
        of = rows[first]
        return cls(counts, kind[of], prompt[of], int((a >= 0).any(0).sum()), counts.sum(1))

    def entropy(self, keep: Mask) -> float:
        """Bits of the verdict in a cell of the prompts kept, mean over cells by weight."""
        held = keep[self.prompt]
        times = np.bincount(self.place[held], minlength=len(self.pattern)).astype(float)
        weight = np.bincount(self.place[held], weights=self.weight[held], minlength=len(self.pattern))
        total = 0.0
        for kind in np.unique(self.pattern[times > 0, -1]):
            mine = (self.pattern[:, -1] == kind) & (times > 0)
            counts, many = self.pattern[mine, :-1], times[mine]
            seen = counts.T @ many
            counts, share = counts[:, seen > 0], seen[seen > 0] / seen.sum()
            if len(share) > 1:
                total += float(weight[mine] @ _posterior(counts, many / self.copies, share))
        return total / float(weight.sum())

    def slack(self) -> float:
        """Bits that chance alone makes cells look unlike (see above)."""
        size, total = self.counts.sum(1), 0.0
        kinds = self.pattern[self.place, -1]
        for kind in np.unique(kinds):
            mine = kinds == kind
            values = int((self.counts[mine].sum(0) > 0).sum())
            pairs = max(1.0, float((size[mine] * (size[mine] - 1)).sum()) / self.copies)
            each = WIDER * (values - 1) / (2 * math.log(2)) * math.sqrt(2 / pairs)
            total += each * float(self.weight[mine].sum() / self.weight.sum())
        return total


def _posterior(counts: Values, times: Values, share: Values) -> Values:
    """Posterior mean entropy [cells] in bits of cells seen ``times``, Dirichlet around ``share`` [V]."""
    from scipy.special import digamma, gammaln

    size = counts.sum(1)
    likelihood, entropies = np.empty(len(GRID)), np.empty((len(GRID), len(counts)))
    for i, strength in enumerate(GRID):
        alpha = counts + strength * share
        chance = gammaln(strength) - gammaln(size + strength)
        chance = chance + (gammaln(alpha) - gammaln(strength * share)).sum(1)
        likelihood[i] = times @ chance
        whole = size + strength
        entropies[i] = digamma(whole + 1) - (alpha * digamma(alpha + 1)).sum(1) / whole
    weight = np.exp(likelihood - likelihood.max())
    return np.asarray(weight @ entropies / weight.sum() / math.log(2))


def counted(a: Codes, cell: Codes, rows: Codes, width: int) -> Values:
    """Counts [cells, V] of the verdicts ``a`` [N, R] of rows whose cell is ``cell[rows]``."""
    counts = np.zeros((int(cell.max()) + 1, width))
    for column in a.T:
        known = column >= 0
        np.add.at(counts, (cell[rows][known], column[known]), 1.0)
    return counts
