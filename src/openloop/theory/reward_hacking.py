"""Reward hacking in two features: one that only goes with being right in the training data, and one that says it.

A verifier learns by gradient flow on squared error. The spurious feature is coarse: s = c·y with chance (1 + ρ)/2, else
−c·y; the true one is fine: t = m·y + noise of variance 1. In the world where the verifier is used s says nothing
(information-open, §4.4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.theory.argument_checks import at_least


@dataclass(frozen=True, slots=True)
class Learning:
    """Along the training, one number a time."""

    spurious: Values
    """Weight of the spurious feature, in units of its effect (w_s · c)."""
    true: Values
    """Weight of the true one (w_t · m)."""
    accuracy: Values
    """Where it is used: the spurious feature is a coin there."""
    at_home: Values
    """On data like that of the training."""


def learning(correlation: float, coarse: float, fine: float, times: Values) -> Learning:
    """Exact gradient flow from 0: w(τ) = Σ⁻¹(1 − e^{−Στ})E[yx], at ``times`` τ.

    ``correlation`` ρ of the spurious feature with the label in training (0: decorrelated); ``coarse`` c and ``fine`` m
    are the features' sizes. What is coarser is learnt first: its part of the gradient at the start is cρ, against m.
    """
    if not -1 <= correlation <= 1:
        raise InputError(f"correlation: must lie in [-1, 1], got {correlation}.")
    at_least("coarse", coarse, 0)
    at_least("fine", fine, 0)
    tau = np.asarray(times, dtype=np.float64)
    if (tau < 0).any():
        raise InputError("times: must be at least 0.")
    second = np.array([[coarse**2, coarse * correlation * fine], [coarse * correlation * fine, fine**2 + 1]])
    values, vectors = np.linalg.eigh(second)
    pull = vectors.T @ np.array([coarse * correlation, fine])
    grown = np.where(values > 1e-12, -np.expm1(-values * tau[:, None]) / np.maximum(values, 1e-12), tau[:, None])
    weights = (grown * pull) @ vectors.T  # [T, 2]
    used, home = (_accuracy(weights, coarse, fine, rho) for rho in (0.0, correlation))
    return Learning(weights[:, 0] * coarse, weights[:, 1] * fine, used, home)


def _accuracy(weights: Values, coarse: float, fine: float, correlation: float) -> Values:
    """P(sign(w·x) = y), ½ for w = 0."""
    from scipy.special import ndtr

    found = np.zeros(len(weights))
    for side, chance in ((1, (1 + correlation) / 2), (-1, (1 - correlation) / 2)):
        mean = side * coarse * weights[:, 0] + fine * weights[:, 1]
        spread = np.abs(weights[:, 1])
        sure = (np.sign(mean) + 1) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            found += chance * np.where(spread > 0, ndtr(mean / spread), sure)
    return found


def hacked_until(correlation: float, coarse: float, fine: float, most: float = 1e4) -> float:
    """Time τ until the true feature weighs more than the spurious one (w_t m > w_s c); inf where it never does by
    ``most``.
    """
    times = np.concatenate([[0.0], np.geomspace(1e-4, most, 20_000)])
    found = learning(correlation, coarse, fine, times)
    ahead = np.flatnonzero((found.true > found.spurious) & (times > 0))
    return float(times[ahead[0]]) if len(ahead) else math.inf
