"""Strengths of the models behind pairs of responses (Bradley and Terry 1952).

P(first wins) = 1/(1 + exp(−(s_first − s_second))), ties half a win to each. Strengths are log odds against the mean of
the models that are connected by comparisons; nothing compares models of two such groups. The maximum exists where every
model of a group both lost to and won against the rest of it, however split (Ford 1957); elsewhere half a win each way
is added for every two models that met, and there is no interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.errors import DataError
from openloop.measures.clustered import Clusters
from openloop.measures.paired_logistic import PairedFit, fit, spread
from openloop.records import Estimate

PENALISED = "no interval: some model never loses or never wins; half a win each way was added for every two that met"


@dataclass(frozen=True)
class Strengths:
    """The models of one connected group."""

    models: Codes
    """Shape [M]: their codes."""
    value: Values
    """Shape [M]: log odds against the group's mean."""
    influence: Values
    """Shape [N, M]: how pairs move them; 0 outside the group."""
    penalised: bool
    pairs: int

    def estimates(self, prompt: Clusters, level: float) -> list[Estimate]:
        """One a model."""
        used = np.abs(self.influence).sum(1) > 0
        if self.penalised:
            return [Estimate(float(v), None, None, level, self.pairs, method=PENALISED) for v in self.value]
        clusters = None if prompt is None else prompt[used]
        scale = used.sum() / max(1, len(used))
        return [spread(float(v), self.influence[used, i] * scale, clusters, level) for i, v in enumerate(self.value)]


def strengths(win: Values, first: Codes, second: Codes, covariate: Values | None = None) -> list[Strengths]:
    """Strengths by group of connected models, largest group first: shapes [N], codes from 0, −1 for no model.

    ``covariate`` [N]: a difference of the two responses (of their log lengths) that is held equal. Pairs without a
    winner (NaN), of one model with itself, or without models are left out. Raises DataError for shapes that do not fit.
    """
    if not win.shape == first.shape == second.shape:
        raise DataError(f"strengths: one win and two models a pair, got {win.shape}, {first.shape}, {second.shape}.")
    usable = ~np.isnan(win) & (first >= 0) & (second >= 0) & (first != second)
    if not usable.any():
        return []
    group = _connected(first[usable], second[usable], int(max(first.max(), second.max())) + 1)
    found = []
    for code in np.unique(group[first[usable]]):
        mine = usable.copy()
        mine[usable] = group[first[usable]] == code
        found.append(_of_group(win, first, second, mine, covariate))
    return sorted((one for one in found if one is not None), key=lambda one: -one.pairs)


def _of_group(win: Values, first: Codes, second: Codes, mine: Mask, covariate: Values | None) -> Strengths | None:
    models, place = np.unique(np.r_[first[mine], second[mine]], return_inverse=True)
    n, m = int(mine.sum()), len(models)
    a, b = place[:n], place[n:]
    x = np.zeros((n, m))
    x[np.arange(n), a] += 1
    x[np.arange(n), b] -= 1
    y = win[mine]
    design = x[:, 1:] if covariate is None else np.column_stack([x[:, 1:], covariate[mine]])
    # Where no model is beaten by all there may still be no maximum beside a covariate.
    made = fit(design, y) if _strong(a, b, y, m) else None
    penalised = made is None
    if made is None:
        made = _penalised(design, y, a, b)
        if made is None:
            return None
    strength = np.r_[0.0, made.beta[: m - 1]]
    moved = np.column_stack([np.zeros(len(made.influence)), made.influence[:, : m - 1]])[:n]
    influence = np.zeros((len(win), m))
    influence[mine] = (moved - moved.mean(1, keepdims=True)) * len(win) / n
    return Strengths(models, strength - strength.mean(), influence, penalised, n)


def _penalised(design: Values, y: Values, a: Codes, b: Codes) -> PairedFit | None:
    met = np.unique(np.sort(np.column_stack([a, b]), axis=1), axis=0)
    extra = np.zeros((len(met), design.shape[1]))
    for row, (one, other) in enumerate(met):
        for model, sign in ((one, 1.0), (other, -1.0)):
            if model:
                extra[row, model - 1] += sign
    return fit(np.vstack([design, extra]), np.r_[y, np.full(len(met), 0.5)])


def _connected(a: Codes, b: Codes, m: int) -> Codes:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(m, m))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _strong(a: Codes, b: Codes, y: Values, m: int) -> bool:
    """Whether from every model a chain of wins leads to every other one."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    won, lost = y > 0, y < 1
    ends = (np.r_[a[won], b[lost]], np.r_[b[won], a[lost]])
    graph = coo_matrix((np.ones(len(ends[0])), ends), shape=(m, m))
    return bool(connected_components(graph, directed=True, connection="strong")[0] == 1)
