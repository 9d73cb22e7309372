"""Ridge logistic regression for many label sets at once, on the same rows.

Minimises (1/N) Σ q_i ℓ(σ(x_i·w), y_i) + (λ/2)|w|² (beyond-collapse, eq. 2) for B pairs of labels and masks: Newton with
one bound on the curvature for all of them (σ′ ≤ ¼: Böhning 1992), so that the costly product of the rows with
themselves is made once.
"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Mask, Values, Values32
from openloop.errors import InputError
from openloop.theory.argument_checks import at_least

STEPS = 400
CLOSE = 1e-6
"""Largest entry of the gradient, relative to that of the loss at w = 0, at which a fit is done."""


def fit_many(x: Values32, y: Mask, keep: Mask, ridge: float) -> Values:
    """Weights [D, B] for rows [N, D], labels [N, B] and masks [N, B]; a column without kept rows is 0.

    ``ridge`` is λ beside the mean over all N rows, kept or not. Raises InputError for other shapes, and for fits that
    do not settle.
    """
    if x.ndim != 2 or y.shape != keep.shape or y.ndim != 2 or len(x) != len(y) or not len(x):
        raise InputError(
            f"fit_many: needs rows [N, D], labels and masks [N, B]; got {x.shape}, {y.shape}, {keep.shape}."
        )
    at_least("ridge", ridge, 1e-12)
    n, d = x.shape
    bound = np.linalg.inv((x.T @ x).astype(np.float64) / (4 * n) + ridge * np.eye(d))
    found = np.zeros((d, y.shape[1]))
    target, mask = y.astype(np.float32), keep.astype(np.float32)
    close = CLOSE * np.maximum(np.abs(x.T @ (mask * (0.5 - target))).max(0) / n, 1e-12)
    todo = np.arange(y.shape[1])
    w = before = found
    momentum = np.ones(len(todo))
    for _ in range(STEPS):
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2  # accelerated: Nesterov 1983
        ahead = w + (momentum - 1) / following * (w - before)
        pull = x.T @ (mask * (_sigmoid(x @ ahead.astype(np.float32)) - target))
        gradient = pull.astype(np.float64) / n + ridge * ahead
        step = bound @ gradient
        before, w = w, ahead - step
        momentum = np.where(((w - before) * step).sum(0) > 0, 1.0, following)  # begun anew where it overshoots
        left = np.abs(gradient).max(0) > close
        if not left.all():
            found[:, todo[~left]] = w[:, ~left]
            todo, close, momentum = todo[left], close[left], momentum[left]
            w, before, target, mask = w[:, left], before[:, left], target[:, left], mask[:, left]
            if not len(todo):
                return found
    raise InputError(f"fit_many: did not settle in {STEPS} steps at ridge {ridge}; raise it.")


def _sigmoid(x: Values32) -> Values32:
    """In place."""
    with np.errstate(over="ignore"):  # 1 / (1 + inf) is 0, as it should be
        np.exp(np.negative(x, out=x), out=x)
    x += 1
    return np.reciprocal(x, out=x)
