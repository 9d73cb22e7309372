"""Ridge logistic regression by Newton's method: small, for measures that must not need a learning library."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from openloop.errors import DataError

Matrix = NDArray[np.float64]


def fit(x: Matrix, y: Matrix, l2: float = 1.0, steps: int = 25) -> Matrix:
    """Coefficients [D + 1], the intercept first and not penalised, for features x [N, D] and targets y [N] in [0, 1].

    ``l2`` is the penalty l2·Σβ²/2 on the summed log loss; it keeps separated classes finite. Raises DataError for
    shapes that do not fit and for values that are not finite.
    """
    if x.ndim != 2 or y.shape != (len(x),) or not len(x):
        raise DataError(f"logistic: needs features [N, D] and N targets, got {x.shape} and {y.shape}.")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise DataError("logistic: features and targets must be finite.")
    design = np.column_stack([np.ones(len(x)), x])
    penalty = np.r_[1e-9, np.full(x.shape[1], l2)]
    beta = np.zeros(design.shape[1])
    share = min(max(float(y.mean()), 1e-6), 1 - 1e-6)
    beta[0] = np.log(share / (1 - share))
    loss = _loss(design, y, beta, penalty)
    for _ in range(steps):
        p = _sigmoid(design @ beta)
        gradient = design.T @ (p - y) + penalty * beta
        hessian = (design * (p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        scale = 1.0
        while scale > 1e-4 and (moved := _loss(design, y, beta - scale * step, penalty)) > loss:
            scale /= 2
        if scale <= 1e-4 or loss - moved < 1e-9 * max(1.0, loss):
            break
        beta, loss = beta - scale * step, moved
    return beta


def predict(beta: Matrix, x: Matrix) -> Matrix:
    """Probabilities [N]."""
    return _sigmoid(beta[0] + x @ beta[1:])


def row_bits(p: Matrix, y: Matrix) -> Matrix:
    """Log-likelihood of each row's target [N] (0 or 1) under its probability, in bits."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.asarray(np.where(y == 1, np.log2(p), np.log2(1 - p)))


def _sigmoid(z: Matrix) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -35, 35))))


def _loss(design: Matrix, y: Matrix, beta: Matrix, penalty: Matrix) -> float:
    z = design @ beta
    return float((np.logaddexp(0, z) - y * z).sum() + (penalty * beta**2).sum() / 2)
