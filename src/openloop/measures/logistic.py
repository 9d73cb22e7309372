"""Ridge logistic regression by Newton's method: small, for measures that must not need a learning library."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError


def fit(x: Values, y: Values, weight: Values | None = None, l2: float = 1.0, steps: int = 25) -> Values:
    """Coefficients [D + 1], the intercept first and not penalised, for features x [N, D] and targets y [N] in [0, 1].

    ``weight`` [N] ≥ 0 counts a row as that many. ``l2`` is the penalty l2·Σβ²/2 on the summed log loss; it keeps
    separated classes finite. Raises DataError for shapes that do not fit, for values that are not finite, targets
    outside [0, 1], weights that are negative or all 0, and a negative ``l2``.
    """
    if x.ndim != 2 or y.shape != (len(x),) or not len(x):
        raise DataError(f"logistic: needs features [N, D] and N targets, got {x.shape} and {y.shape}.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("logistic: features and targets must be finite.")
    if y.min() < 0 or y.max() > 1:
        raise DataError(f"logistic: targets from 0 to 1, got {y.min():g} to {y.max():g}.")
    w = np.ones(len(y)) if weight is None else np.asarray(weight, dtype=np.float64)
    if w.shape != y.shape or not np.isfinite(w).all() or w.min() < 0 or w.sum() == 0:
        raise DataError("logistic: needs one finite weight a row, none negative and not all 0.")
    if not l2 >= 0:
        raise DataError(f"logistic: l2 of 0 or more, got {l2}.")
    design = np.column_stack([np.ones(len(x)), x])
    penalty = np.r_[1e-9, np.full(x.shape[1], l2)]
    beta = np.zeros(design.shape[1])
    share = min(max(float(w @ y / w.sum()), 1e-6), 1 - 1e-6)
    beta[0] = np.log(share / (1 - share))
    loss = _loss(design, y, w, beta, penalty)
    for _ in range(steps):
        p = _sigmoid(design @ beta)
        gradient = design.T @ (w * (p - y)) + penalty * beta
        hessian = (design * (w * p * (1 - p))[:, None]).T @ design + np.diag(np.maximum(penalty, 1e-9))
        step = np.linalg.solve(hessian, gradient)
        scale = 1.0
        while scale > 1e-4 and (moved := _loss(design, y, w, beta - scale * step, penalty)) > loss:
            scale /= 2
        if scale <= 1e-4 or loss - moved < 1e-9 * max(1.0, loss):
            break
        beta, loss = beta - scale * step, moved
    return beta


def predict(beta: Values, x: Values) -> Values:
    """Probabilities [N] for coefficients [D + 1] and features [N, D]. Raises DataError where they do not fit."""
    if x.ndim != 2 or beta.shape != (x.shape[1] + 1,):
        raise DataError(f"logistic: needs D + 1 coefficients for features [N, D], got {beta.shape} and {x.shape}.")
    return _sigmoid(beta[0] + x @ beta[1:])


def row_bits(p: Values, y: Values) -> Values:
    """Log-likelihood of each row's target [N] (0 or 1) under its probability, in bits."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.where(y == 1, np.log2(p), np.log2(1 - p)))


def _sigmoid(z: Values) -> Values:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -35, 35))))


def _loss(design: Values, y: Values, w: Values, beta: Values, penalty: Values) -> float:
    z = design @ beta
    return float(w @ (np.logaddexp(0, z) - y * z) + (penalty * beta**2).sum() / 2)
