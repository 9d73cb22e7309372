"""Logistic regression of which response wins on how the two differ, with intervals over prompts.

    fit(x, win, prompt)    # log odds that the first wins, for one unit of each difference x [N, D]

No intercept: of two equal responses either wins as often; a column of ones measures what the first position is worth.
Ties count as half a win. Maximum likelihood; the covariance is the cluster-robust sandwich (White 1980; Liang and Zeger
1986), through each pair's influence on a coefficient, so that intervals have the small-sample care of
:mod:`.design_effect`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.records import Estimate

STEPS = 60
FAR = 30.0
"""Log odds of a pair from which on the maximum is taken to lie at infinity: the wins are separated."""


@dataclass(frozen=True)
class PairedFit:
    """Coefficients, and what each pair moves them by."""

    beta: Values
    """Shape [D]."""
    influence: Values = field(repr=False)
    """Shape [N, D]: the coefficients move by its mean where a pair counts more."""

    def estimate(self, combination: Values, prompt: Clusters, level: float) -> Estimate:
        """``combination`` [D] of the coefficients, with an interval."""
        return spread(float(combination @ self.beta), self.influence @ combination, prompt, level)


def spread(value: float, influence: Values, prompt: Clusters, level: float) -> Estimate:
    """A value with the interval that the pairs' influences [N] give it."""
    if np.abs(influence).max(initial=0.0) < 1e-12:
        return Estimate(value, None, None, level, len(influence), method="no interval: no pair tells")
    found = clustered.mean(value + influence, prompt, level)
    return replace(found, value=value, method=found.method.replace("t over", "logistic, t over"))


def fit(x: Values, win: Values, weight: Values | None = None) -> PairedFit | None:
    """Differences x [N, D], wins [N] in [0, 1], all known; ``weight`` [N] ≥ 0, 1 where None.

    None where there is no maximum: some combination of the differences separates the wins, or they say nothing of one.
    Raises DataError for shapes that do not fit and for values that are not finite.
    """
    if x.ndim != 2 or win.shape != (len(x),) or not len(x):
        raise DataError(f"paired logistic: needs differences [N, D] and N wins, got {x.shape} and {win.shape}.")
    if not (np.isfinite(x).all() and np.isfinite(win).all() and win.min() >= 0 and win.max() <= 1):
        raise DataError("paired logistic: differences must be finite, and wins from 0 to 1.")
    w = np.ones(len(x)) if weight is None else weight
    beta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -35, 35)))
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x
        if not np.isfinite(hessian).all() or np.linalg.cond(hessian) > 1e12:
            return None
        step = np.linalg.solve(hessian, x.T @ (w * (win - p)))
        size = float(np.abs(x @ step).max())
        beta = beta + step * min(1.0, 4.0 / max(size, 1e-12))
        if np.abs(x @ beta).max() > FAR:
            return None
        if size < 1e-9:
            break
    else:
        return None
    score = x * (w * (win - 1 / (1 + np.exp(-(x @ beta)))))[:, None]
    return PairedFit(beta, np.asarray(len(x) * np.linalg.solve(hessian, score.T).T))
